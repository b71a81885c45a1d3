// Shape and word of each condition. Colour only says "look here"; it never stands alone (ISA-101).

export const SHAPES = {
  fault: "✕", tripped: "▲", offline: "⊘", unknown: "?", open: "◇", full: "■", charging: "●", starting: "◐", busy: "◐",
  plugged: "◎", parted: "⊓", free: "○", closed: "━",
};
export const CONDITIONS = Object.keys(SHAPES); // the worst first
export const ABNORMAL = new Set(["fault", "tripped", "offline", "unknown"]);
export const rank = condition => CONDITIONS.indexOf(condition);
