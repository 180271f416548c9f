import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Parts of the rows that the four sites hold: unequal, as in life. */
export const shares: readonly number[] = [0.4, 0.3, 0.2, 0.1];

/** The CSV in parts, each with the header; row by row dealt out, so that each part has all species. */
export function splitRows(csv: string, parts: readonly number[]): readonly string[] {
  const [header = '', ...rows] = csv.trimEnd().split('\n');
  const dealt = parts.map((): string[] => []);
  for (const [index, row] of rows.entries()) {
    // The part that is furthest behind its share gets the row.
    const behind = parts.map((share, part) => share * (index + 1) - (dealt[part]?.length ?? 0));
    dealt[behind.indexOf(Math.max(...behind))]?.push(row);
  }
  return dealt.map((part) => [header, ...part, ''].join('\n'));
}

/** Writes one part into a site's folder, which everybody may read. */
export async function writePart(folder: string, part: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeFile(join(folder, 'part.csv'), part, { mode: 0o644 });
}
