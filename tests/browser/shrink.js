// Takes a picture as base64 PNG; returns it with its 256 commonest colours, each other pixel in the nearest of them.
async base64 => {
  const bytes = Uint8Array.from(atob(base64), each => each.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
  const {width, height} = image, canvas = new OffscreenCanvas(width, height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const {data} = canvas.getImageData(0, 0, width, height), counts = new Map();
  const at = i => data[i] << 16 | data[i + 1] << 8 | data[i + 2];
  for (let i = 0; i < data.length; i += 4) counts.set(at(i), (counts.get(at(i)) ?? 0) + 1);
  const parts = colour => [colour >> 16, colour >> 8 & 255, colour & 255];
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => parts(colour));
  const nearest = new Map();
  for (const colour of counts.keys()) {
    const far = palette.map(known => known.reduce((sum, part, i) => sum + (part - parts(colour)[i]) ** 2, 0));
    nearest.set(colour, far.indexOf(Math.min(...far)));
  }
  let rows = "";
  for (let y = 0; y < height; y++) {
    rows += "\0";
    for (let x = 0; x < width; x++) rows += String.fromCharCode(nearest.get(at(4 * (y * width + x))));
  }
  return {width, height, palette: palette.flat(), rows: btoa(rows)};
}
