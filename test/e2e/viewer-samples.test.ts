/**
 * Every study of the sample set in the published OHIF, in a real browser: all that was stored is opened inside the running viewer by a doctor of the
 * institution, each instance is put before the eyes, and the viewport shows it. What OHIF itself has no viewer for stands below with the reason.
 */
import { join } from 'node:path'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildPortal } from '../../viewer/build.mjs'
import { installOHIF } from '../../viewer/ohif/install.mjs'
import { launchChromium } from '../support/chromium.ts'
import { OHIFViewer } from '../support/ohif.ts'
import { startTestProgram, type TestProgram, testPassword } from '../support/program.ts'
import { haveSamples, type Sample, sampleBytes, samples } from '../support/samples.ts'

const screenshots = join(import.meta.dirname, '..', 'screenshots')

/** OHIF 3.13.2 with our corrections: it opens the study and lists these, and shows nothing of them. */
const notShown: Readonly<Record<string, string>> = {
  'dcmjs-no-meta-length-test.dcm': 'an ultrasound image without pixel data',
  'dcmqaphi-1901_WIP_3DpCASL_Raw.dcm': 'Raw Data: no viewer, and nothing to see',
  'dcmqi-rwvm.dcm': 'Real World Value Mapping: no viewer',
  'dcmqi-sr.dcm': 'measurements, which it shows upon their images alone; those are not in the archive',
  'dicompyl-rtplan.dcm': 'RT Plan: no viewer',
  'dicompyl-rtss.dcm': 'contours, which it shows upon their images alone; those are not in the archive',
  'hd-seg_image_ct_binary_overlap.dcm': 'segments, which it shows upon their images alone; those are not in the archive',
  'hd-seg_image_sm_control_labelmap.dcm': 'segments of a slide: it falls down over them, so they are not offered',
  'hd-seg_image_sm_dots_tiled_full.dcm': 'segments of a slide: it falls down over them, so they are not offered',
  'hd-sm_annotations.dcm': 'Microscopy Bulk Simple Annotations: no viewer in this mode',
  'syn-kos-key-object.dcm': 'Key Object Selection: no viewer',
  'syn-video-mpeg2-mpml.dcm': 'MPEG-2 video: no browser plays it',
  'weasisdi-prLUTs.dcm': 'Grayscale Softcopy Presentation State: no viewer',
}

/** Of these it says so; without the correction its page falls down or stays black. */
const saysSo = ['dicompyl-rtss.dcm', 'hd-seg_image_ct_binary_overlap.dcm']

/** The picture is one colour, and rightly. */
const uniform: Readonly<Record<string, string>> = { 'dcmqi-mf.dcm': 'every pixel is 0' }

/** Shown as a page to read, with these words. */
const documents: Readonly<Record<string, string>> = {
  'pyd-test-SR.dcm': 'A mass of 3 cm was detected.',
  'pyd-reportsi_with_empty_number_tags.dcm': 'Document Title',
  'orthancs-OT000000.dcm': 'PDF',
}

/** Their colours reach the screen. */
const coloured = [
  'dicomweb-US-PAL-8-10x-echo.dcm',
  'fodicomc-PM5644-960x540_JPEG-Baseline_YBR422.dcm',
  'fodicomc-PM5644-960x540_JPEG-LS_NearLossless.dcm',
  'fodicomc-PM5644-960x540_JPEG2000-Lossy50.dcm',
  'plj-JPEGLosslessP14SV1_3s_2f_u_08_08.dcm',
  'pyd-ExplVR_BigEnd.dcm',
  'pyd-SC_rgb_small_odd.dcm',
  'pyd-SC_ybr_full_422_uncompressed.dcm',
  'pydd-SC_rgb_expb_16bit_2frame.dcm',
  'pydd-gdcm-US-ALOKA-16.dcm',
  'syn-htj2k-lossless-fixed.dcm',
]

/** Answers that say that there is no picture; everything else is answered. */
const refusals: Readonly<Record<string, readonly number[]>> = {
  'dcmjs-no-meta-length-test.dcm': [404, 406],
  'syn-video-mpeg2-mpml.dcm': [404, 406],
  // The code stream has another size than the data set: no thumbnail. OHIF draws what it has decoded.
  'pyd-JPEG2000-embedded-sequence-delimiter.dcm': [422],
}

/** Of several files with one SOPInstanceUID the first is current. */
const current: readonly Sample[] = samples.filter(
  ({ expected, study_uid, sop_instance_uid: uid }, at) =>
    !expected.startsWith('reject') && /^[0-9.]+$/.test(study_uid) && samples.findIndex((other) => other.sop_instance_uid === uid) === at,
)
const studies = [...new Set(current.map(({ study_uid }) => study_uid))].map(
  (study) => [study, current.filter(({ study_uid }) => study_uid === study)] as const,
)

describe.skipIf(!haveSamples)(`${studies.length} studies of real files in OHIF`, () => {
  let program: TestProgram
  let browser: Browser
  let context: BrowserContext
  let viewer: OHIFViewer
  const errors: string[] = []
  const refused: { readonly status: number; readonly url: string }[] = []
  const strangers: string[] = []

  beforeAll(async () => {
    const [portal, ohif] = await Promise.all([buildPortal(), installOHIF()])
    program = await startTestProgram({ pages: { portal: portal.folder, ohif: ohif.folder } })
    await store()
    browser = await launchChromium()
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
    const session = { username: 'east-clinician', password: testPassword }
    const signedIn = await context.request.post(`${program.origin}/api/session`, { data: session, headers: { Origin: program.origin } })
    expect(signedIn.ok()).toBe(true)
    const page = await context.newPage()
    page.on('pageerror', ({ message }) => errors.push(message))
    page.on('console', (message) => {
      if (/Content Security Policy|Cross-Origin/i.test(message.text())) errors.push(message.text())
    })
    page.on('response', (response) => {
      if (response.status() >= 400) refused.push({ status: response.status(), url: response.url() })
    })
    page.on('request', (request) => {
      if (/^(http|ws)/.test(request.url()) && !request.url().startsWith(`${program.origin}/`)) strangers.push(request.url())
    })
    viewer = await OHIFViewer.in(page, program.origin)
  }, 300_000)

  afterAll(async () => {
    await browser?.close()
    await program?.close()
  })

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return
    await viewer.page.screenshot({ path: join(screenshots, `failed-${task.name.replace(/[^\w.-]+/g, '-').slice(0, 80)}.png`) })
    viewer.restart()
  })

  /** One request with a part for each file. */
  async function store(): Promise<void> {
    const parts = current.flatMap(({ name }) => [
      Buffer.from('--file\r\nContent-Type: application/dicom\r\n\r\n'),
      sampleBytes(name),
      Buffer.from('\r\n'),
    ])
    const response = await program.request('east-technologist', '/dicomweb/studies', {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=file', Accept: 'application/dicom+json' },
      body: Buffer.concat([...parts, Buffer.from('--file--\r\n')]),
    })
    // 202: some are irregular, which is told, and all of them are stored.
    expect([200, 202], response.headers.get('warning') ?? '').toContain(response.status)
    expect(Object.keys((await response.json()) as object)).not.toContain('00081198')
  }

  const seen = new Map<string, number>()

  test.each(studies.map(([study, files]) => [files.map(({ name }) => name.replace(/\.dcm$/, '')).join(', '), study, files] as const))(
    '%s',
    { timeout: 120_000 },
    async (_, study, files) => {
      errors.length = 0
      const displaySets = await viewer.open(
        study,
        files.map(({ sop_instance_uid }) => sop_instance_uid),
      )
      for (const { name, sop_instance_uid: uid } of files) {
        const displaySet = displaySets.find(({ SOPInstanceUIDs }) => SOPInstanceUIDs.includes(uid))!
        if (saysSo.includes(name)) {
          await viewer.choose(displaySet)
          await viewer.page.getByText('该对象所参照的图像不在本次检查中').first().waitFor({ timeout: 60_000 })
        }
        if (name in notShown || name in uniform) continue
        expect(displaySet.unsupported, `${name} has a viewer`).toBe(false)
        const shown = await viewer.show(displaySet, uid)
        if (name in documents) expect(shown.kind === 'pdf' ? 'PDF' : shown.kind === 'text' && shown.text, name).toContain(documents[name])
        else expect(shown, name).toMatchObject({ kind: 'picture', ...(coloured.includes(name) && { coloured: true }) })
        if (shown.kind === 'picture') seen.set(name, shown.digest)
      }
      expect(errors).toEqual([])
    },
  )

  test('the same pixels in nine encodings are the same picture', () => {
    const digests = [...seen].filter(([name]) => name.startsWith('dcmqats-')).map(([, digest]) => digest)
    expect([digests.length, new Set(digests).size]).toEqual([9, 1])
  })

  test('every request is answered, but for pictures that there are not', () => {
    const rightly = current.flatMap(({ name, sop_instance_uid: uid }) => (refusals[name] ?? []).map((status) => ({ uid, status })))
    const wrongly = refused.filter(
      ({ status, url }) => !rightly.some((each) => each.status === status && url.includes(`/instances/${each.uid}/`)),
    )
    expect(wrongly).toEqual([])
  })

  test('nothing left the machine', () => {
    expect(strangers).toEqual([])
  })
})
