/** A machine of the demonstration county: one association, the study's instances one after another by C-STORE. */
import type { Instance } from '../../test-images/index.ts'
import { openAssociation } from '../dimse/scu.ts'
import { DemoNotPlayed } from './web.ts'

export interface Called {
  readonly host: string
  readonly port: number
  readonly AETitle: string
}

/** @throws DemoNotPlayed: an instance was not stored; those before it are. */
export async function sendByDIMSE(
  { host, port, AETitle }: Called,
  callingAETitle: string,
  pictures: AsyncIterable<Instance>,
): Promise<void> {
  let association: Awaited<ReturnType<typeof openAssociation>> | undefined
  for await (const { SOPClassUID, SOPInstanceUID, TransferSyntaxUID, dataset } of pictures) {
    association ??= await openAssociation({
      host,
      port,
      callingAETitle,
      calledAETitle: AETitle,
      contexts: [{ abstractSyntax: SOPClassUID, transferSyntaxes: [TransferSyntaxUID] }],
    })
    const { Status, ErrorComment = '' } = await association.store({
      SOPClassUID,
      SOPInstanceUID,
      TransferSyntaxUID,
      dataset: once(dataset),
    })
    if (Status !== 0)
      throw new DemoNotPlayed(`C-STORE by ${callingAETitle} answered 0x${Status.toString(16).padStart(4, '0')} ${ErrorComment}`)
  }
  await association?.release()
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
