/** What a burst writes to each stream. */
export interface Burst {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz';
const base = alphabet.repeat(800);

/**
 * The burst of about `bytes` bytes: numbered lines, every third on stderr; first half of it in lines of 100 bytes,
 * then of 100 bytes, 4 KiB and 20 KiB mixed, because engines lose short and long lines in different ways (L1, L2, L9).
 */
export function burstOf(bytes: number): Burst {
  const parts: { readonly stdout: string[]; readonly stderr: string[] } = { stdout: [], stderr: [] };
  const { short, total } = countLines(bytes);
  for (let i = 0; i < total; i += 1) {
    const line = `${String(i).padStart(7, '0')} ${base.slice(i % 26, (i % 26) + widthOf(i, short) - 9)}\n`;
    parts[i % 3 === 1 ? 'stderr' : 'stdout'].push(line);
  }
  return { stdout: Buffer.from(parts.stdout.join('')), stderr: Buffer.from(parts.stderr.join('')) };
}

/** The awk program that prints the same. stderr goes through `cat`: opening /dev/stderr would cut a file that it may be. */
export function burstProgram(bytes: number): string {
  const { short, total } = countLines(bytes);
  return [
    'BEGIN {',
    `  a = "${alphabet}"; base = ""; for (i = 0; i < 800; i++) base = base a;`,
    `  for (i = 0; i < ${total}; i++) {`,
    `    w = i < ${short} ? 100 : i % 64 == 0 ? 20480 : i % 16 == 0 ? 4096 : 100;`,
    '    line = sprintf("%07d %s", i, substr(base, i % 26 + 1, w - 9));',
    '    if (i % 3 == 1) print line | "cat >&2"; else print line;',
    '  }',
    '  close("cat >&2");',
    '}',
  ].join('\n');
}

/** Average width of the mixed lines: 1 of 64 has 20 KiB, 3 of 64 have 4 KiB, the others 100 bytes. */
const mixedWidth = (20_480 + 3 * 4096 + 60 * 100) / 64;

function countLines(bytes: number): { readonly short: number; readonly total: number } {
  const short = Math.floor(bytes / 2 / 100);
  return { short, total: short + Math.floor(bytes / 2 / mixedWidth) };
}

function widthOf(line: number, short: number): number {
  if (line < short) return 100;
  if (line % 64 === 0) return 20_480;
  return line % 16 === 0 ? 4096 : 100;
}
