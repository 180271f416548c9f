/** One thing that was to be proven, and why it was not; without complaints it was. */
export interface Finding {
  readonly name: string;
  /** What was proven, for people. */
  readonly proven: string;
  readonly complaints: readonly string[];
}

/** Looks, and takes what is thrown for a complaint. */
export async function finding(
  name: string,
  look: () => Promise<{ readonly proven: string; readonly complaints: readonly string[] }>,
): Promise<Finding> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    return { name, proven: '', complaints: [error instanceof Error ? error.message : String(error)] };
  }
}
