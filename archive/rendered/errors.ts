/** What can go wrong between stored pixels and a picture. */
import { ArchiveError, NotAcceptable, NotTranscodable } from '../errors.ts'

/** The pixel data is damaged, breaks off, or contradicts the data set. Nothing is shown rather than something wrong. */
export class PixelsNotDecoded extends ArchiveError {}

/** There is no picture of this: no pixels, a video, a photometric interpretation that is not shown. The stored bytes can be fetched all the same. 406. */
export class NotRenderable extends NotAcceptable {}

/** The pixels cannot be said in that transfer syntax, or its encoder did not give back what it was given. The instance is had as it is stored. 406. */
export class NotEncodable extends NotTranscodable {}

/** All workers are busy and the queue is full; ask again later. 503. */
export class RendererBusy extends ArchiveError {}
