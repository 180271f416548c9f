export { memory, memoryModule, type Decorate, type MemoryOptions } from './memory.ts';
export { memoryBackend } from './memory-backend.ts';
export type { MemoryContainer } from './memory-container.ts';
export { MemoryEngine, type MemoryEngineOptions } from './memory-engine.ts';
export type { MemoryImage, MemoryProgram, ProgramContext, ProgramOutput } from './memory-program.ts';
export type { ProgramFiles } from './program-files.ts';
