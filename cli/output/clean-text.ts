// Escape sequences: OSC and its kin first, because their first characters would pass for a short one.
// eslint-disable-next-line no-control-regex
const SEQUENCES = /[\u001b\u009b](?:[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\[?[0-?]*[ -/]*[@-~])/g;
// Also marks that reverse the direction of text: they can make a line look like another one.
const CONTROL = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A line that an app printed, safe to show in a terminal: no colours, no cursor movements, tabs as two spaces. */
export function cleanText(text: string): string {
  return text.replaceAll(SEQUENCES, '').replaceAll('\t', '  ').replaceAll(CONTROL, '');
}
