/** Numbers in [0, 1), the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number;
