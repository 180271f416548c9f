import { StringDecoder } from 'node:string_decoder';

/** The lines of a text that comes in pieces, without empty ones. */
export async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const bytes of source) {
    const [...lines] = (rest + decoder.write(bytes)).split(/\r?\n/);
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
