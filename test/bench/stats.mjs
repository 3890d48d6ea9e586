// Medians, and the printing of ratios.

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Distance of the first and the last quarter, in medians: a few wild rounds do not count. */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return (at(0.75) - at(0.25)) / median(values);
}

/**
 * Runs each of the contenders once a round, the order turned round every time, so that drift hits all alike.
 *
 * @template T
 * @param {readonly T[]} contenders
 * @param {number} rounds
 * @param {(contender: T, round: number) => Promise<unknown>} measure
 */
export async function alternate(contenders, rounds, measure) {
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of order) await measure(contender, round);
  }
}

/**
 * Lines of `name  value unit  ratio` against the value of `base`.
 *
 * @param {string} title
 * @param {readonly { name: string, value: number }[]} rows
 * @param {{ unit: string, base: string }} how
 */
export function printRatios(title, rows, { unit, base }) {
  const reference = rows.find(({ name }) => name === base)?.value ?? Number.NaN;
  console.log(`\n${title}`);
  for (const { name, value } of rows) {
    const ratio = `${(value / reference).toFixed(2)} ×`;
    console.log(`  ${name.padEnd(28)} ${value.toFixed(1).padStart(9)} ${unit}  ${ratio.padStart(8)} ${base}`);
  }
}
