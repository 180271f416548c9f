/**
 * Whether a runscript does anything. Apptainer writes one into every image it builds; where nothing was defined it only
 * says so and ends with 0 (C185).
 */
export function runscriptRuns(text: string): boolean {
  const lines = text.split('\n').map((line) => line.trim());
  const commands = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return !commands.every((line) => /^echo\s+["']There is no runscript defined for this container/.test(line));
}

/** Whether Apptainer or Singularity, of any version, made a runscript of an OCI image's entrypoint and command. */
export function isOciRunscript(text: string): boolean {
  return /^OCI_ENTRYPOINT=/m.test(text) && /^OCI_CMD=/m.test(text);
}
