import type { Call, ProgressCall } from '../call.ts';
import type { FileImageFormat, FileImageRef, ImageConfig } from './image.ts';
import type { ImageMounter } from './mounter.ts';

/** Small JSON records of one user on one host, from one process to the next. Losing one costs time and nothing else. */
export interface ConverterRecords {
  /** What was last written under a name, undefined if that is gone. Its content is unproven: parse it. */
  read(name: string): Promise<unknown>;
  /** Never rejects: what cannot be kept is not kept. Old records go when there are many. */
  write(name: string, value: object): Promise<void>;
}

/** Whose a temporary file is, so that those of dead processes can be told from those of living ones. */
export interface TemporaryOwner {
  /** To be written beside it: one line of text. */
  readonly mark: string;
  /** Whether the process of such a mark is proven dead. */
  isDead(mark: string): boolean;
}

/** How to open an image for conversion. */
export interface ConvertCall extends ProgressCall {
  /** Where to remember what takes time to find out. Default: nothing is remembered. */
  readonly records?: ConverterRecords | undefined;
  /** Who makes temporary files. Default: nobody, and only their age tells which are left over. */
  readonly owner?: TemporaryOwner | undefined;
}

/** One image on its way from a file into an engine. Dispose it when the load has ended. */
export interface ConvertedImage extends AsyncDisposable {
  /** Name under which the engine finds it: `localhost/fairlead/KIND:` and 40 hex digits, equal for equal content. */
  readonly name: string;
  /** Labels that it will have. An image of that name without them is somebody else's and is not run. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * The ids of which an engine gives it one, where they are known beforehand; another image of that name is not run,
   * unless it has the id that this engine gave ours when that was loaded.
   */
  readonly ids?: readonly string[] | undefined;
  /**
   * The bytes to load, from the first one whenever it is called: an engine may have to be given them again. What cannot
   * be converted is refused before the first of them, and the last comes only when all is right, so that no engine gets
   * half an image that is whole.
   */
  stream(): AsyncIterable<Uint8Array>;
}

/** Turns images of some formats into a format that engines load. */
export interface ImageConverter {
  readonly from: readonly FileImageFormat[];
  readonly to: FileImageFormat;
  /**
   * It verifies signatures in `open`, over the very file that it converts, so that `ImageKnowledge.verify`, which would
   * read all of it once more, is not asked. Default false.
   */
  readonly verifies?: boolean | undefined;
  /**
   * Opens the image and names the result; takes its digest at most, because the engine may have it already.
   * @throws FairleadError `CORRUPT_IMAGE`, `IMAGE_NOT_FOUND`
   */
  open(image: FileImageRef, options: ConvertCall): Promise<ConvertedImage>;
  /** How it would make the result, in words, from metadata alone. Absent where there is only one way. */
  explain?(image: FileImageRef, options: Call): Promise<string>;
}

/** What is known about image files. The `fairlead` package brings it; engines' backends do without. */
export interface ImageKnowledge {
  /** Tells the format of a file or folder by its content. @throws FairleadError `IMAGE_NOT_FOUND`, `INVALID_IMAGE`, `CORRUPT_IMAGE`, `ACCESS_DENIED` */
  detect(path: string, options: Call): Promise<FileImageRef>;
  /** Reads an image's configuration without unpacking it; undefined where the format has none. */
  describe(image: FileImageRef, options: Call): Promise<ImageConfig | undefined>;
  readonly converters: readonly ImageConverter[];
  /** Absent where no image is to be mounted. */
  readonly mounter?: ImageMounter | undefined;
  /**
   * Refuses an image that is not signed as was asked for, whichever engine is to run it; called before an engine, or a
   * converter that does not verify, is given it. Absent where nobody asked for that; undefined for a format that holds
   * no signatures, where the caller lets that run. @throws FairleadError `POLICY_DENIED`, `CORRUPT_IMAGE`
   */
  verify?(image: FileImageRef, options: Call): Promise<VerifiedImage | undefined>;
}

/** An image that was verified. An engine that runs files opens it again, by its path. */
export interface VerifiedImage {
  /** What was verified, every link on the way to it followed: this one goes to the engine. */
  readonly image: FileImageRef;
  /** Says whether the path still leads to the file that was verified, as it was. @throws FairleadError `CORRUPT_IMAGE` */
  checkUnchanged(): Promise<void>;
}
