/** What is known not to work must fail, and for the reason that is known. */
export async function knownRefusal(work: () => Promise<unknown>, why: RegExp): Promise<readonly string[]> {
  try {
    await work();
    return ['it was taken: what is known of this version is no longer true'];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return why.test(text) ? [] : [`it failed for another reason: ${text}`];
  }
}
