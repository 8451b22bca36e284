/** The table against PS3.8 Table 9-10, by the rules that the standard gives in prose. */
import { describe, expect, test } from 'vitest'
import { type Action, actionOf, actions, type Event, events, type State, states } from '../../../gateway/dimse/state-machine.ts'

const all = Object.keys(states) as State[]
const row = (event: Event) => Object.fromEntries(all.flatMap((state) => (actionOf(event, state) ? [[state, actionOf(event, state)]] : [])))
const inStates = (from: number, to: number, action: Action) =>
  Object.fromEntries(all.filter((state) => Number(state.slice(3)) >= from && Number(state.slice(3)) <= to).map((state) => [state, action]))

describe('Table 9-10', () => {
  test('has 19 events, 13 states, and uses every action', () => {
    expect(Object.keys(events).length).toBe(19)
    expect(all.length).toBe(13)
    const used = new Set((Object.keys(events) as Event[]).flatMap((event) => Object.values(row(event))))
    expect([...used].sort()).toEqual(Object.keys(actions).sort())
  })

  test('the acceptor: connection, request, answer', () => {
    expect(row('Evt5')).toEqual({ Sta1: 'AE-5' })
    expect(row('Evt6')).toEqual({ Sta2: 'AE-6', Sta3: 'AA-8', ...inStates(5, 12, 'AA-8'), Sta13: 'AA-7' })
    expect(row('Evt7')).toEqual({ Sta3: 'AE-7' })
    expect(row('Evt8')).toEqual({ Sta3: 'AE-8' })
  })

  test('the requestor: connection, request, answer', () => {
    expect(row('Evt1')).toEqual({ Sta1: 'AE-1' })
    expect(row('Evt2')).toEqual({ Sta4: 'AE-2' })
    expect(row('Evt3')).toEqual({ Sta2: 'AA-1', Sta3: 'AA-8', Sta5: 'AE-3', ...inStates(6, 12, 'AA-8'), Sta13: 'AA-6' })
    expect(row('Evt4')).toEqual({ Sta2: 'AA-1', Sta3: 'AA-8', Sta5: 'AE-4', ...inStates(6, 12, 'AA-8'), Sta13: 'AA-6' })
  })

  test('data: in Sta6, from the peer also while we release, to the peer while it releases', () => {
    expect(row('Evt9')).toEqual({ Sta6: 'DT-1', Sta8: 'AR-7' })
    expect(row('Evt10')).toEqual({
      Sta2: 'AA-1',
      Sta3: 'AA-8',
      Sta5: 'AA-8',
      Sta6: 'DT-2',
      Sta7: 'AR-6',
      ...inStates(8, 12, 'AA-8'),
      Sta13: 'AA-6',
    })
  })

  test('release, and the collision of two', () => {
    expect(row('Evt11')).toEqual({ Sta6: 'AR-1' })
    expect(row('Evt12')).toEqual({
      Sta2: 'AA-1',
      Sta3: 'AA-8',
      Sta5: 'AA-8',
      Sta6: 'AR-2',
      Sta7: 'AR-8',
      ...inStates(8, 12, 'AA-8'),
      Sta13: 'AA-6',
    })
    expect(row('Evt13')).toEqual({
      Sta2: 'AA-1',
      Sta3: 'AA-8',
      Sta5: 'AA-8',
      Sta6: 'AA-8',
      Sta7: 'AR-3',
      Sta8: 'AA-8',
      Sta9: 'AA-8',
      Sta10: 'AR-10',
      Sta11: 'AR-3',
      Sta12: 'AA-8',
      Sta13: 'AA-6',
    })
    expect(row('Evt14')).toEqual({ Sta8: 'AR-4', Sta9: 'AR-9', Sta12: 'AR-4' })
  })

  test('abort, loss of the connection, ARTIM, invalid PDUs', () => {
    expect(row('Evt15')).toEqual({ Sta3: 'AA-1', Sta4: 'AA-2', ...inStates(5, 12, 'AA-1') })
    expect(row('Evt16')).toEqual({ Sta2: 'AA-2', Sta3: 'AA-3', ...inStates(5, 12, 'AA-3'), Sta13: 'AA-2' })
    expect(row('Evt17')).toEqual({ Sta2: 'AA-5', ...inStates(3, 12, 'AA-4'), Sta13: 'AR-5' })
    expect(row('Evt18')).toEqual({ Sta2: 'AA-2', Sta13: 'AA-2' })
    expect(row('Evt19')).toEqual({ Sta2: 'AA-1', Sta3: 'AA-8', ...inStates(5, 12, 'AA-8'), Sta13: 'AA-7' })
  })
})
