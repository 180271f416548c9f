export { isAlive, parseClaim, removalClaim, signalProcess, type ClaimRecord } from './claim-record.ts';
export { paddedExit, parseExit, type ExitRecord } from './exit-record.ts';
export { watchFolder, type FolderChanges } from './folder-changes.ts';
export { followFiles, type FollowOptions, type GrowingFile } from './follow-files.ts';
export { isHeld, openLifeLine, type LifeLine } from './life-line.ts';
export { readChildren, readInnerPids, readProcess, readUptimeSeconds, type ProcessStat } from './process-stat.ts';
export { spawnSupervisor, type SpawnedSupervisor } from './spawn-supervisor.ts';
export {
  supervisorArgv,
  trialArgv,
  type Supervision,
  type SupervisionMode,
  type SupervisorTools,
} from './supervisor-argv.ts';
export { sweepSession, type SweptSession } from './sweep-session.ts';
