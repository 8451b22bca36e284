/** Foreign peers: DCMTK as SCU against our SCP, and as SCP against our SCU. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { fileMeta } from '../../../archive/dicom/part10.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { AssociationRefused } from '../../../gateway/dimse/errors.ts'
import { openPart10 } from '../../../gateway/dimse/part10-source.ts'
import { openAssociation } from '../../../gateway/dimse/scu.ts'
import { describeWithPeers, run, testWithPeer } from '../../support/foreign-peers.ts'
import { type Archive, CT, ctDataset, modality, RawPeer, startArchive } from './fixture.ts'

let folder: string
let archive: Archive | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dimse-peers-'))
})
afterEach(async () => {
  await archive?.server.close()
  archive = undefined
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const asModality = ['-aet', 'MODALITY', '-aec', 'ARCHIVE', '127.0.0.1']

async function writeInstance(SOPInstanceUID: string, pixelBytes?: number, TransferSyntaxUID = ExplicitVRLittleEndian): Promise<string> {
  const path = join(folder, `${SOPInstanceUID}.dcm`)
  const meta = fileMeta({ SOPClassUID: CT, SOPInstanceUID, TransferSyntaxUID })
  await writeFile(path, Buffer.concat([meta, ctDataset(SOPInstanceUID, pixelBytes)]))
  return path
}

describeWithPeers('DCMTK as SCU', ['echoscu', 'storescu', 'termscu'], () => {
  test('echoscu verifies', async () => {
    archive = await startArchive()
    const { code, output } = await run('echoscu', ['-v', ...asModality, String(archive.port)])
    expect(output).toContain('Received Echo Response (Success)')
    expect(code).toBe(0)
  })

  test('echoscu proposes 38 transfer syntaxes in 128 presentation contexts', async () => {
    archive = await startArchive()
    const { code, output } = await run('echoscu', ['-d', '--propose-ts', '38', '--propose-pc', '128', ...asModality, String(archive.port)])
    expect(output.match(/\(Accepted\)/g)?.length).toBe(128)
    expect(code).toBe(0)
  })

  test('echoscu reads our refusals as the standard means them', async () => {
    archive = await startArchive()
    const stranger = await run('echoscu', ['-v', '-aet', 'STRANGER', '-aec', 'ARCHIVE', '127.0.0.1', String(archive.port)])
    expect(stranger.output).toContain('Result: Rejected Permanent, Source: Service User')
    expect(stranger.output).toContain('Reason: Calling AE Title Not Recognized')
    const lost = await run('echoscu', ['-v', '-aet', 'MODALITY', '-aec', 'ELSEWHERE', '127.0.0.1', String(archive.port)])
    expect(lost.output).toContain('Reason: Called AE Title Not Recognized')
  })

  test('echoscu aborts, and the archive stands', async () => {
    archive = await startArchive()
    expect((await run('echoscu', ['--abort', ...asModality, String(archive.port)])).code).toBe(0)
    expect((await run('echoscu', [...asModality, String(archive.port)])).code).toBe(0)
  })

  test('termscu finds no private shutdown SOP class here', async () => {
    archive = await startArchive()
    await run('termscu', [...asModality, String(archive.port)])
    expect((await run('echoscu', [...asModality, String(archive.port)])).code).toBe(0)
  })

  test.each(['4096', '16384', '131072'])('storescu stores five instances in PDUs of %s bytes on one association', async (pdu) => {
    archive = await startArchive()
    const files = await Promise.all([1, 2, 3, 4, 5].map((n) => writeInstance(`1.2.3.${n}`, 200_000 + 2 * n)))
    const { code, output } = await run('storescu', ['-v', '-pdu', pdu, ...asModality, String(archive.port), ...files])
    expect(code, output).toBe(0)
    expect(output.match(/Received Store Response \(Success\)/g)?.length).toBe(5)
    for (const [i, received] of archive.received.entries()) {
      const file = await readFile(files[i]!)
      // DCMTK re-encodes what it sends, but a plain data set comes out the same.
      const dataset = ctDataset(`1.2.3.${i + 1}`, 200_000 + 2 * (i + 1))
      expect(received.part10.subarray(-dataset.length).equals(file.subarray(-dataset.length))).toBe(true)
    }
  })

  test('storescu proposes Implicit VR alone, and gets it', async () => {
    archive = await startArchive()
    const file = await writeInstance('1.2.3.6')
    const { code, output } = await run('storescu', ['-v', '-xi', ...asModality, String(archive.port), file])
    expect(code, output).toBe(0)
    expect(archive.received[0]?.part10.includes(ImplicitVRLittleEndian)).toBe(true)
  })

  test.each(['-xb', '-xs', '-xv', '-xt', '-xr', '-xd'])('storescu %s has its transfer syntax accepted', async (syntax) => {
    archive = await startArchive()
    const { output } = await run('storescu', ['-d', syntax, '-R', ...asModality, String(archive.port), await writeInstance('1.2.3.7')])
    expect(output).not.toContain('Transfer Syntaxes Not Supported')
    expect(output).toContain('(Accepted)')
  })

  test('storescu is told 0xA900 by name', async () => {
    const { IdentityMissing } = await import('../../../archive/errors.ts')
    const store = () => Promise.reject(new IdentityMissing('SOPInstanceUID in the data set is 1.2.3, but 1.2.4 was announced'))
    archive = await startArchive({ archive: { store, findAE: async () => modality } })
    const { output } = await run('storescu', ['-v', ...asModality, String(archive.port), await writeInstance('1.2.3.8')])
    expect(output).toContain('DataSetDoesNotMatchSOPClass')
  })

  testWithPeer('openssl', 'echoscu and storescu over TLS', async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=localhost',
      '-keyout',
      key,
      '-out',
      certificate,
    ]
    expect((await run('openssl', request)).code).toBe(0)
    archive = await startArchive({ port: undefined, tls: { port: 0, key: await readFile(key), cert: await readFile(certificate) } })
    const tls = ['-v', '+tla', '-ic', ...asModality, String(archive.port)]
    expect((await run('echoscu', tls)).output).toContain('Received Echo Response (Success)')
    expect((await run('storescu', [...tls, await writeInstance('1.2.3.9', 400_000)])).output).toContain('Received Store Response (Success)')
    const ours = await openAssociation({
      host: '127.0.0.1',
      port: archive.port,
      callingAETitle: 'MODALITY',
      calledAETitle: 'ARCHIVE',
      contexts: [{ abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: [ImplicitVRLittleEndian] }],
      tls: { ca: await readFile(certificate), servername: 'localhost' },
    })
    expect(await ours.echo()).toBe(0)
    await ours.release()
  })
})

describeWithPeers('DCMTK as SCP', ['storescp'], () => {
  async function startStoreSCP(...args: string[]): Promise<{ port: number; out: string; stop(): Promise<void> }> {
    const port = await freePort()
    const out = await mkdtemp(join(folder, 'storescp-'))
    const scp = spawn('storescp', ['+B', '-od', out, ...args, String(port)], { stdio: 'ignore' })
    const stop = async () => {
      scp.kill()
      if (scp.exitCode === null && scp.signalCode === null) await once(scp, 'exit')
    }
    for (let tries = 0; ; tries += 1) {
      const probe = await RawPeer.connect(port).catch(() => undefined)
      probe?.close()
      if (probe || tries === 100) return { port, out, stop }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const contexts = [
    { abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: [ImplicitVRLittleEndian] },
    { abstractSyntax: CT, transferSyntaxes: [ExplicitVRLittleEndian] },
  ]
  const open = (port: number) => openAssociation({ host: '127.0.0.1', port, callingAETitle: 'ARCHIVE', calledAETitle: 'ANY-SCP', contexts })

  test.each(['4096', '131072'])('takes our C-ECHO and C-STORE in its PDUs of %s bytes, bit by bit', async (pdu) => {
    const scp = await startStoreSCP('-pdu', pdu)
    try {
      const association = await open(scp.port)
      expect(await association.echo()).toBe(0)
      const file = await writeInstance('1.2.3.10', 300_002)
      expect(await association.store(await openPart10(createReadStream(file)))).toEqual({ Status: 0 })
      await association.release()
      const [name] = await readdir(scp.out)
      const dataset = ctDataset('1.2.3.10', 300_002)
      expect((await readFile(join(scp.out, name!))).subarray(-dataset.length).equals(dataset)).toBe(true)
    } finally {
      await scp.stop()
    }
  })

  test('refuses, and we say why in its words', async () => {
    const scp = await startStoreSCP('--refuse')
    try {
      await expect(open(scp.port)).rejects.toThrow(AssociationRefused)
      await expect(open(scp.port)).rejects.toThrow(/rejected-permanent/)
    } finally {
      await scp.stop()
    }
  })

  test('aborts in the middle of a data set, and the store rejects', async () => {
    const scp = await startStoreSCP('--abort-during')
    try {
      const association = await open(scp.port)
      const request = await openPart10(createReadStream(await writeInstance('1.2.3.11', 20_000_000)))
      await expect(association.store(request)).rejects.toThrow(/association ended/)
    } finally {
      await scp.stop()
    }
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}
