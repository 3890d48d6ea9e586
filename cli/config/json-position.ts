// JSON.parse tells the place of an error in some cases, in words that differ between versions of Node.js. This finds
// it in every case. It only has to be right for texts that JSON.parse has refused.
const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Where `text` stops being JSON; its length when it only ends too early or is fine. */
export function jsonErrorAt(text: string): number {
  const broken: { at?: number } = {};
  const end = skipSpace(text, skipValue(text, skipSpace(text, 0), broken));
  return broken.at ?? end;
}

// Each of these gives the place after what it skips. The first failure is kept in `broken` and ends everything.
function skipValue(text: string, start: number, broken: { at?: number }): number {
  const char = text[start];
  if (char === '{' || char === '[') return skipItems(text, start, char === '{', broken);
  return skip(text, start, char === '"' ? STRING : SCALAR, broken);
}

function skipItems(text: string, start: number, isObject: boolean, broken: { at?: number }): number {
  const close = isObject ? '}' : ']';
  let at = skipSpace(text, start + 1);
  if (text[at] === close) return at + 1;
  while (broken.at === undefined) {
    if (isObject) {
      at = skipSpace(text, skip(text, at, STRING, broken));
      if (broken.at === undefined && text[at] !== ':') broken.at = at;
      at = skipSpace(text, at + 1);
    }
    if (broken.at === undefined) at = skipSpace(text, skipValue(text, at, broken));
    if (broken.at !== undefined || text[at] === close) return at + 1;
    if (text[at] !== ',') broken.at = at;
    at = skipSpace(text, at + 1);
  }
  return at;
}

function skip(text: string, start: number, token: RegExp, broken: { at?: number }): number {
  token.lastIndex = start;
  if (token.test(text)) return token.lastIndex;
  broken.at ??= start;
  return start;
}

function skipSpace(text: string, start: number): number {
  SPACE.lastIndex = start;
  SPACE.test(text);
  return Math.max(start, SPACE.lastIndex);
}
