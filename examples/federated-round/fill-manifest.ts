/** A template with its __words__ replaced by JSON text, which is YAML too: no value can become structure. */
export function fillManifest(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/__([a-z]+)__/g, (_, word: string) => {
    const value = values[word];
    if (value === undefined) throw new Error(`the manifest wants __${word}__, and nothing fills it in`);
    return JSON.stringify(value);
  });
}
