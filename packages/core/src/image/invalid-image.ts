import { FairleadError } from '../errors.ts';

const longest = 200;

/** The value as an error may show it: quoted, without credentials, and not longer than a line or two. */
function quoteReference(text: string): string {
  const bare = text.replace(/:\/\/[^/@\s]*@/, '://***@');
  return JSON.stringify(bare.length > longest ? `${bare.slice(0, longest)}…` : bare);
}

/** An error about the text of a reference: `INVALID_IMAGE`, or `UNSUPPORTED` for a form that exists but is not served. */
export function referenceError(
  text: string,
  fields: { readonly reason: string; readonly hint?: string | undefined; readonly unsupported?: boolean },
): FairleadError {
  const value = quoteReference(text);
  return new FairleadError({
    code: fields.unsupported === true ? 'UNSUPPORTED' : 'INVALID_IMAGE',
    message: `image reference ${value}: ${fields.reason}`,
    hint: fields.hint,
    details: { reference: value },
  });
}
