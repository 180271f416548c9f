import type { Json } from '../made/made-layout.ts';
import type { Random } from './random.ts';

/** A value that nobody expects. */
function odd(random: Random): Json {
  return random.pick<() => Json>([
    () => null,
    () => true,
    () => -1,
    () => 1e308,
    () => 2 ** 53,
    () => '',
    () => '../../../etc/passwd',
    () => `sha256:${'0'.repeat(64)}`,
    () => 'a'.repeat(random.below(5000)),
    () => [],
    () => ({}),
    () => Array.from({ length: random.below(2000) }, () => 'x'),
    () => nested(random.below(400)),
    () => ['a', 1, null],
    () => ({ constructor: { prototype: 'x' } }),
  ])();
}

function nested(depth: number): Json {
  let value: Json = 'deep';
  for (let left = depth; left > 0; left -= 1) value = left % 2 === 0 ? [value] : { a: value };
  return value;
}

/** The document with one value somewhere in it replaced, removed, doubled or added. */
export function mutateJson(value: Json, random: Random): { readonly value: Json; readonly note: string } {
  const inner = childrenOf(value);
  if (inner.length > 0 && random.chance(80)) {
    const key = random.pick(inner);
    const child = childOf(value, key);
    const result = mutateJson(child, random);
    return { value: withChild(value, key, result.value), note: `${key}.${result.note}` };
  }
  if (Array.isArray(value) && random.chance(50)) {
    const grown: readonly Json[] = [...value, ...value, ...(random.chance(20) ? [odd(random)] : [])];
    return { value: grown, note: 'doubled' };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random.chance(50)) {
    const name = random.pick(['__proto__', 'constructor', 'toString', '', 'extra', 'config', 'manifests']);
    const grown: Json = Object.fromEntries([...Object.entries(value), [name, odd(random)]]);
    return { value: grown, note: `${name} added` };
  }
  const replacement = odd(random);
  return { value: replacement, note: `= ${JSON.stringify(replacement).slice(0, 60)}` };
}

function childrenOf(value: Json): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function childOf(value: Json, key: string): Json {
  const found = Object.entries(value ?? {}).find(([name]) => name === key);
  // The entries of a JSON value are JSON values.
  return (found?.[1] ?? null) as Json;
}

function withChild(value: Json, key: string, child: Json): Json {
  if (Array.isArray(value)) {
    const items: readonly Json[] = value;
    return items.map((item, at) => (String(at) === key ? child : item));
  }
  const pairs = Object.entries(value ?? {}).map(([name, item]): [string, Json] => [name, name === key ? child : item]);
  return Object.fromEntries(pairs);
}

/** Text that is nearly JSON, or JSON with a key that occurs twice. */
export function mutateJsonText(value: Json, random: Random): Uint8Array {
  const text = JSON.stringify(value);
  const at = random.below(text.length);
  return Buffer.from(
    random.pick([
      text.slice(0, at),
      `${text}${text}`,
      `\u{feff}${text}`,
      text.replace('{', '{"__proto__":{"config":{}},'),
      text.replace('{', '{"config":null,"config":[],'),
      `${'['.repeat(at * 10)}${text}`,
      `${text.slice(0, at)}\u0000${text.slice(at)}`,
      Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from([0xff, 0xfe]), Buffer.from(text.slice(at))]).toString(
        'latin1',
      ),
    ]),
    'latin1',
  );
}
