/** A page in the place of OHIF for tests of the report alone: it answers the bridge, says that it shows the study of the report, and shows no pictures. */
import type { BrowserContext } from 'playwright-core'

const page = `<!doctype html><body style="background:#000"><script>
  const channel = new BroadcastChannel('reading')
  const send = (event, context = {}) => channel.postMessage({ 'hub.topic': window.name, 'hub.event': event, context })
  channel.onmessage = ({ data }) => {
    if (data['hub.topic'] !== window.name) return
    if (data['hub.event'] === 'heartbeat') send('heartbeat')
    if (data['hub.event'] !== 'DiagnosticReport-open') return
    const { StudyInstanceUID } = data.context
    send('ImagingStudy-open', { StudyInstanceUID, PatientName: '', studies: [StudyInstanceUID], seen: [StudyInstanceUID], firstImageMs: 1 })
  }
  send('subscribe')
</script>`

/** As the gateway sends OHIF: the pages around it are isolated from other origins. */
const headers = {
  'content-type': 'text/html',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

export const showStillViewer = (context: BrowserContext): Promise<unknown> =>
  context.route('**/viewer?*', (route) => route.fulfill({ body: page, headers }))
