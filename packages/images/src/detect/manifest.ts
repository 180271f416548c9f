import { isObject } from '../json.ts';

/**
 * Whether some text is a Kubernetes manifest: in YAML `apiVersion` and `kind` at the start of a line, in JSON both as
 * fields of the document. Only the beginning of a large file is looked at.
 */
export function looksLikeManifest(text: string): boolean {
  if (/^\s*[{[]/.test(text)) return isJsonManifest(text);
  return /^(?:['"]?)apiVersion(?:['"]?)\s*:/m.test(text) && /^(?:['"]?)kind(?:['"]?)\s*:/m.test(text);
}

function isJsonManifest(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return isObject(first) && typeof first['apiVersion'] === 'string' && typeof first['kind'] === 'string';
  } catch {
    // A beginning only, or YAML in braces: both words are telling enough.
    return /"apiVersion"\s*:\s*"/.test(text) && /"kind"\s*:\s*"/.test(text);
  }
}
