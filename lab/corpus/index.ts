export type { CorpusFile, RefusedFile } from './corpus-file.ts';
export { makeCorpus, type Corpus } from './make-corpus.ts';
export { parseProbe, variables, type Probed } from './probe.ts';
export { openWorkshop, type Workshop } from './workshop.ts';
