export type { Call, Progress, ProgressCall } from './call.ts';
export type {
  ChangeOptions,
  Container,
  ContainerInfo,
  ContainerRef,
  ContainerState,
  ExitStatus,
  StopOptions,
} from './container.ts';
export { FairleadError, type ErrorCode, type ErrorDetails, type ErrorFields, type Retryable } from './errors.ts';
export { requirePrivate, type PrivateFolder } from './estate/require-private.ts';
export type { ExecOptions, ExecProcess, ExecResult, Output } from './exec.ts';
export type {
  ConvertCall,
  ConvertedImage,
  ConverterRecords,
  ImageConverter,
  ImageKnowledge,
  TemporaryOwner,
  VerifiedImage,
} from './image/converter.ts';
export {
  imageFormats,
  type EnsuredImage,
  type FileImageFormat,
  type FileImageRef,
  type FoundImage,
  type ImageConfig,
  type ImageFormat,
  type ImageRef,
  type RegistryImageRef,
  type UndetectedImage,
} from './image/image.ts';
export type { ImageMounter, MountableImage, MountedFile, MountMode } from './image/mounter.ts';
export { formatImageRef, parseImageReference } from './image/reference.ts';
export type {
  Kube,
  KubeContainer,
  KubeExit,
  KubeInput,
  KubeObject,
  KubePlay,
  KubePlayInfo,
  PlayLogOptions,
  PlayOptions,
} from './kube.ts';
export type { LogChunk, LogEnd, LogLine, LogOptions, LogSource, LogStream } from './logs.ts';
export type { Completed, ContainerManager, Images, ListFilter, ReapOptions, ReapReport } from './manager.ts';
export type { Probe, UnusableProbe, UsableProbe } from './probe.ts';
export { rank, type ArtifactKind, type Candidate, type Needs, type Verdict } from './rank.ts';
export type {
  BindMount,
  InjectedFile,
  Mount,
  NetworkMode,
  Resources,
  RunSpec,
  TmpfsMount,
  VolumeMount,
} from './spec.ts';
export {
  native,
  unsupported,
  type OperationLeaf,
  type Refusal,
  type SpecLeaf,
  type Support,
  type SupportKey,
  type Supports,
} from './support.ts';
export { supportKeys } from './support-keys.ts';
export type { Volume, VolumeInfo, Volumes, VolumeSpec } from './volume.ts';
export { usedLeaves } from './used-leaves.ts';
