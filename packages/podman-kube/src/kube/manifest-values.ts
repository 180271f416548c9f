/** Fields of ConfigMaps and Secrets whose every value is content, and which of them hold it in base64. */
const contentFields = { ConfigMap: ['data', 'binaryData'], Secret: ['stringData', 'data'] } as const;
const encodedFields = { ConfigMap: 'binaryData', Secret: 'data' } as const;

/**
 * The contents that documents of a manifest give to containers: values of `env` wherever a container stands, of
 * ConfigMaps and of Secrets; each as it is written, as it is when it is decoded, and encoded in base64. Of a content
 * with several lines each line counts too: errors are told by the line.
 */
export function manifestValues(documents: readonly unknown[]): readonly string[] {
  const contents = documents.flatMap((document) => [...contentsOf(document), ...variablesOf(document)]);
  const lines = contents.flatMap((text) => [text, ...linesOf(text)]);
  return [...new Set([...lines, ...lines.map((text) => Buffer.from(text).toString('base64'))])].filter(Boolean);
}

function contentsOf(document: unknown): readonly string[] {
  const kind = fieldOf(document, 'kind');
  if (kind !== 'ConfigMap' && kind !== 'Secret') return [];
  const written = contentFields[kind].flatMap((field) => valuesOf(fieldOf(document, field)));
  const encoded = valuesOf(fieldOf(document, encodedFields[kind]));
  return [...written, ...encoded.map((text) => Buffer.from(text, 'base64').toString())];
}

/** Values of lists called `env`, in pods, in templates of pods, and wherever a later podman may read them. */
function variablesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(variablesOf);
  return Object.entries(toObject(value)).flatMap(([name, inner]) =>
    name === 'env' && Array.isArray(inner)
      ? scalars(inner.map((variable) => fieldOf(variable, 'value')))
      : variablesOf(inner),
  );
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.length === 1 ? [] : lines;
}

function valuesOf(value: unknown): readonly string[] {
  return scalars(Object.values(toObject(value)));
}

function scalars(values: readonly unknown[]): readonly string[] {
  return values.flatMap((value) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : [],
  );
}

function fieldOf(value: unknown, name: string): unknown {
  return toObject(value)[name];
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  // Every field is unknown, which holds of any object.
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
