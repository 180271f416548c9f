import { stat } from 'node:fs/promises';

/** Why a file cannot be run, in words that name it, and what to do about it. To be asked of one that could not. */
export async function whyNotExecutable(file: string): Promise<{ readonly reason: string; readonly hint: string }> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined)
    return { reason: `there is no program ${file}`, hint: 'Check that the program is installed.' };
  if (found.isDirectory())
    return { reason: `${file} is a folder, not a program`, hint: 'Give the path of the program itself.' };
  return { reason: `this user may not execute ${file}`, hint: 'Check that the file is executable for this user.' };
}
