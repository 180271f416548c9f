export { csvRecord, flag, flags, positional, redactArgv } from './argv.ts';
export type { CommandChunk, CommandExit, CommandInput, CommandOptions } from './command.ts';
export { commandError, redactText, type CommandFailure } from './command-error.ts';
export { findOnPath } from './find-on-path.ts';
export { whyNotExecutable } from './not-executable.ts';
export { runCommand, type CommandResult, type RunCommandOptions } from './run-command.ts';
export { streamCommand, type CommandStream } from './stream-command.ts';
