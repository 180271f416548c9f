import type { Call, ProgressCall } from '../call.ts';
import type { FileImageFormat, FileImageRef, ImageConfig } from './image.ts';

/** One image on its way from a file into an engine. Dispose it when the load has ended. */
export interface ConvertedImage extends AsyncDisposable {
  /** Name under which the engine finds it: `localhost/fairlead/KIND:` and 40 hex digits, equal for equal content. */
  readonly name: string;
  /** The bytes to load; can be read once. */
  stream(): AsyncIterable<Uint8Array>;
}

/** Turns images of some formats into a format that engines load. */
export interface ImageConverter {
  readonly from: readonly FileImageFormat[];
  readonly to: FileImageFormat;
  /**
   * Opens the image and names the result; reads metadata only.
   * @throws FairleadError `CORRUPT_IMAGE`, `IMAGE_NOT_FOUND`
   */
  open(image: FileImageRef, options: ProgressCall): Promise<ConvertedImage>;
}

/** What is known about image files. The `fairlead` package brings it; engines' backends do without. */
export interface ImageKnowledge {
  /** Tells the format of a file or folder by its content. @throws FairleadError `IMAGE_NOT_FOUND`, `INVALID_IMAGE`, `CORRUPT_IMAGE`, `ACCESS_DENIED` */
  detect(path: string, options: Call): Promise<FileImageRef>;
  /** Reads an image's configuration without unpacking it; undefined where the format has none. */
  describe(image: FileImageRef, options: Call): Promise<ImageConfig | undefined>;
  readonly converters: readonly ImageConverter[];
}
