// Many sheds by their names.

/** All of them, as SITE/GATEWAY. */
export const shedNames = documents => [...documents.keys()].filter(key => key.startsWith("c/")).map(key => key.slice(2)).sort();

/** What people call one. */
export const named = (documents, path) => documents.get(`g/${path}`)?.label || path;
