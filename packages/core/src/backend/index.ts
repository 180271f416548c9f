export type {
  Backend,
  BackendContainer,
  BackendExec,
  BackendExecRequest,
  BackendImages,
  BackendLogRequest,
  BackendVolume,
  BackendVolumes,
  ProbeCall,
} from './backend.ts';
export type { BackendCall } from './backend-call.ts';
export type { BackendKube, BackendPlay, BackendPlayContainer, BackendPlayInfo } from './backend-kube.ts';
export {
  defineBackend,
  type BackendDefinition,
  type BackendModule,
  type Discovered,
  type DiscoveryEnv,
  type Found,
  type ManagerOptions,
} from './define-backend.ts';
export { followByReads, type ReadableLog } from './follow-by-reads.ts';
export { requireKnown } from '../manager/known-options.ts';
export { inCall, inOwnTime, sleep } from '../manager/call-scope.ts';
export type { CreatePlan, PlannedFile, RunPlan } from '../plan.ts';
export { openEstate, toLabelValue, type Estate, type EstateOptions } from '../estate/estate.ts';
export { label, labelPrefix, ownLabels } from '../estate/labels.ts';
export {
  judgeSession,
  openSession,
  readHostId,
  readStartTime,
  type Session,
  type SessionProof,
} from '../estate/session.ts';
export { openStateFolder, type StateFolder } from '../estate/state-folder.ts';
export { takeLock, type HeldLock, type LockRequest } from '../estate/state-lock.ts';
export { createByteReader, type ByteReader } from './byte-reader.ts';
export { dialTcp, dialUnix, type Dial } from './dial.ts';
export { emptyImage, type EmptyImage } from './empty-image.ts';
export { comesToRun, createExecMark, execKillNote, killOnAbort, type ExecKiller, type ExecMark } from './exec-mark.ts';
export { demultiplex, type FrameOptions } from './log-frames.ts';
export { lazily } from './lazily.ts';
export { answerParser, toJson, type AnswerParser } from './parse-answer.ts';
export { runsPlatform, type Platform } from './runs-platform.ts';
export { explainDialError, inspectSocket, parseSocketPath, toSocketError, type SocketProblem } from './socket-path.ts';
export { storeId } from './store-id.ts';
export { readTarEntries, type TarEntry } from './tar-entries.ts';
export { groupByMount, type FileGroup } from './group-by-mount.ts';
export { tarFiles, type TarFile } from './tar.ts';
export { nativeEverywhere, nativeToKeepers } from './usual-supports.ts';
