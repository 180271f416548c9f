import type { Phase, Tally } from './phase.ts';
import { sources } from './sources.ts';
import type { Source } from './sources.ts';

/** Every TypeScript block of the documents is an excerpt of an example, and so is compiled and run with it. */
export const documentedCode: Phase = {
  name: 'documented code',
  run: async () => {
    const examples = (await sources('examples', ['.ts'])).map((file) => normalise(file.text));
    return checkBlocks(await sources('.', ['.md']), examples);
  },
};

function checkBlocks(documents: readonly Source[], examples: readonly string[]): Tally {
  const tally = { passed: 0, failed: 0 };
  for (const document of documents) {
    for (const block of blocksOf(document.text)) {
      if (examples.some((example) => isExcerpt(block, example))) {
        tally.passed += 1;
      } else {
        tally.failed += 1;
        process.stdout.write(`${document.path}: this block is no excerpt of a file in examples/:\n${block}\n\n`);
      }
    }
  }
  return tally;
}

/** The TypeScript blocks of a Markdown text. */
export function blocksOf(markdown: string): readonly string[] {
  const fence = /^([ \t]*)```(?:ts|typescript)\b.*\n([\s\S]*?)^\1```/gm;
  return [...markdown.matchAll(fence)].map((match) => match[2] ?? '');
}

/** Whether the block's lines stand in the example one after the other, however deeply indented. */
export function isExcerpt(block: string, example: string): boolean {
  return block.trim() !== '' && `\n${normalise(example)}\n`.includes(`\n${normalise(block)}\n`);
}

function normalise(text: string): string {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .join('\n');
}
