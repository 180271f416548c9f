export { connect } from './connect.ts';
export { diagnose, type Diagnosis } from './diagnose.ts';
export { backendNames, type BackendName } from './modules.ts';
export { select } from './select.ts';
export { loadImageKnowledge } from './image-knowledge.ts';
export type { Selected, SelectedConversion, Selection, SelectOptions } from './selection.ts';
export type { Artifact, FileIdentity, Selectable } from './artifact.ts';
export { FairleadError } from '@fairlead/core';
export type {
  Container,
  ContainerInfo,
  ContainerManager,
  ContainerRef,
  ErrorCode,
  ExitStatus,
  ImageFormat,
  ImageRef,
  KubeInput,
  KubePlay,
  LogLine,
  Probe,
  RunSpec,
  Volume,
} from '@fairlead/core';
