/**
 * The DICOM Upper Layer protocol machine as the standard prints it: PS3.8 §9.2, Tables 9-1 to 9-10. What an action does stands in `upper-layer.ts`.
 */

/** Table 9-1 to 9-5. */
export const states = {
  Sta1: 'idle',
  Sta2: 'transport connection open, awaiting A-ASSOCIATE-RQ',
  Sta3: 'awaiting the local A-ASSOCIATE response',
  Sta4: 'awaiting the transport connection',
  Sta5: 'awaiting A-ASSOCIATE-AC or -RJ',
  Sta6: 'association established, ready for data transfer',
  Sta7: 'awaiting A-RELEASE-RP',
  Sta8: 'awaiting the local A-RELEASE response',
  Sta9: 'release collision, requestor: awaiting the local A-RELEASE response',
  Sta10: 'release collision, acceptor: awaiting A-RELEASE-RP',
  Sta11: 'release collision, requestor: awaiting A-RELEASE-RP',
  Sta12: 'release collision, acceptor: awaiting the local A-RELEASE response',
  Sta13: 'awaiting the close of the transport connection',
} as const

/** Table 9-10, first column. */
export const events = {
  Evt1: 'A-ASSOCIATE request (local)',
  Evt2: 'transport connection confirmed',
  Evt3: 'A-ASSOCIATE-AC received',
  Evt4: 'A-ASSOCIATE-RJ received',
  Evt5: 'transport connection indication',
  Evt6: 'A-ASSOCIATE-RQ received',
  Evt7: 'A-ASSOCIATE response, accept (local)',
  Evt8: 'A-ASSOCIATE response, reject (local)',
  Evt9: 'P-DATA request (local)',
  Evt10: 'P-DATA-TF received',
  Evt11: 'A-RELEASE request (local)',
  Evt12: 'A-RELEASE-RQ received',
  Evt13: 'A-RELEASE-RP received',
  Evt14: 'A-RELEASE response (local)',
  Evt15: 'A-ABORT request (local)',
  Evt16: 'A-ABORT received',
  Evt17: 'transport connection closed',
  Evt18: 'ARTIM timer expired',
  Evt19: 'unrecognised or invalid PDU received',
} as const

/** Tables 9-6 to 9-9. */
export const actions = {
  'AE-1': 'issue a transport connect request',
  'AE-2': 'send A-ASSOCIATE-RQ',
  'AE-3': 'confirm the association',
  'AE-4': 'confirm the refusal, close',
  'AE-5': 'accept the transport connection, start ARTIM',
  'AE-6': 'stop ARTIM; indicate the request, or send A-ASSOCIATE-RJ and start ARTIM',
  'AE-7': 'send A-ASSOCIATE-AC',
  'AE-8': 'send A-ASSOCIATE-RJ, start ARTIM',
  'DT-1': 'send P-DATA-TF',
  'DT-2': 'indicate P-DATA',
  'AR-1': 'send A-RELEASE-RQ',
  'AR-2': 'indicate the release',
  'AR-3': 'confirm the release, close',
  'AR-4': 'send A-RELEASE-RP, start ARTIM',
  'AR-5': 'stop ARTIM',
  'AR-6': 'indicate P-DATA',
  'AR-7': 'send P-DATA-TF',
  'AR-8': 'indicate the release collision',
  'AR-9': 'send A-RELEASE-RP',
  'AR-10': 'confirm the release',
  'AA-1': 'send A-ABORT as the service user, start ARTIM',
  'AA-2': 'stop ARTIM, close',
  'AA-3': 'indicate the abort, close',
  'AA-4': 'indicate the loss of the connection',
  'AA-5': 'stop ARTIM',
  'AA-6': 'ignore the PDU',
  'AA-7': 'send A-ABORT',
  'AA-8': 'send A-ABORT as the service provider, indicate the abort, start ARTIM',
} as const

export type State = keyof typeof states
export type Event = keyof typeof events
export type Action = keyof typeof actions

/** Table 9-10. A column a state, Sta1 to Sta13; `-` where the event cannot happen. */
const table: Record<Event, string> = {
  //      Sta1  Sta2  Sta3  Sta4  Sta5  Sta6  Sta7  Sta8  Sta9  Sta10 Sta11 Sta12 Sta13
  Evt1: ' AE-1  -     -     -     -     -     -     -     -     -     -     -     -    ',
  Evt2: ' -     -     -     AE-2  -     -     -     -     -     -     -     -     -    ',
  Evt3: ' -     AA-1  AA-8  -     AE-3  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6 ',
  Evt4: ' -     AA-1  AA-8  -     AE-4  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6 ',
  Evt5: ' AE-5  -     -     -     -     -     -     -     -     -     -     -     -    ',
  Evt6: ' -     AE-6  AA-8  -     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7 ',
  Evt7: ' -     -     AE-7  -     -     -     -     -     -     -     -     -     -    ',
  Evt8: ' -     -     AE-8  -     -     -     -     -     -     -     -     -     -    ',
  Evt9: ' -     -     -     -     -     DT-1  -     AR-7  -     -     -     -     -    ',
  Evt10: '-     AA-1  AA-8  -     AA-8  DT-2  AR-6  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6 ',
  Evt11: '-     -     -     -     -     AR-1  -     -     -     -     -     -     -    ',
  Evt12: '-     AA-1  AA-8  -     AA-8  AR-2  AR-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6 ',
  Evt13: '-     AA-1  AA-8  -     AA-8  AA-8  AR-3  AA-8  AA-8  AR-10 AR-3  AA-8  AA-6 ',
  Evt14: '-     -     -     -     -     -     -     AR-4  AR-9  -     -     AR-4  -    ',
  Evt15: '-     -     AA-1  AA-2  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  -    ',
  Evt16: '-     AA-2  AA-3  -     AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-2 ',
  Evt17: '-     AA-5  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AR-5 ',
  Evt18: '-     AA-2  -     -     -     -     -     -     -     -     -     -     AA-2 ',
  Evt19: '-     AA-1  AA-8  -     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7 ',
}

const transitions = new Map<Event, ReadonlyMap<State, Action>>(
  Object.entries(table).map(([event, row]) => {
    const cells = row.trim().split(/ +/)
    const entries = (Object.keys(states) as State[]).map((state, column) => [state, cells[column]] as const)
    return [event as Event, new Map(entries.filter(([, cell]) => cell !== '-') as [State, Action][])]
  }),
)

/** What is to be done when `event` happens in `state`; undefined where the table has no entry. */
export function actionOf(event: Event, state: State): Action | undefined {
  return transitions.get(event)?.get(state)
}
