/** The machine itself (reading.md §3.2), driven at random: whatever anybody does, the invariants hold. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Asker, askerOf, type Role } from '../../../../archive/access.ts'
import {
  type Actor,
  type Changes,
  changesOf,
  decide,
  type Facts,
  mayWrite,
  type Request,
  states,
  transitions,
  type Verb,
  verbs,
  verbsFor,
} from '../../../../archive/reading/workflow/machine.ts'

const centre = 1
const township = 2
const person = (id: number, roles: readonly Role[], institution: number): Asker =>
  askerOf(
    {
      id,
      username: `p${id}`,
      displayName: `p${id}`,
      kind: 'person',
      roles,
      institution: { id: institution, code: `I${institution}`, name: '', readingCentre: institution === centre },
      demo: false,
    },
    new Date(),
    null,
  )

const people: readonly Actor[] = [
  person(1, ['radiologist'], centre),
  person(2, ['radiologist'], centre),
  person(3, ['reviewer'], centre),
  person(4, ['reviewer'], centre),
  person(5, ['technologist'], township),
  person(6, ['clinician'], township),
  person(7, ['administrator'], centre),
  // A doctor of the township: reads nothing for the county.
  person(8, ['reviewer'], township),
  person(9, ['technologist', 'reviewer'], 3),
  person(10, ['coordinator'], centre),
  person(11, ['chief'], centre),
  person(12, ['quality'], centre),
  'system',
]

const start: Facts = {
  state: 'UPLOADING',
  institution: township,
  centre,
  assignee: null,
  author: null,
  reviewer: null,
  leaseExpired: false,
  generation: 0,
  newImages: false,
  draftComplete: false,
  samePerson: false,
  imagesSeen: true,
  urgency: 3,
  critical: false,
  reservedFor: null,
  temporary: false,
  amending: null,
  amendingClass: null,
  standing: null,
  beforeSignature: null,
  waiting: null,
  paused: false,
  withinUndo: false,
  reportSeen: false,
  policy: { sameSigner: false, tempRelease: true },
}

/** What the world does while nobody asks the machine. */
const world = fc.record({
  leaseExpired: fc.boolean(),
  newImages: fc.boolean(),
  draftComplete: fc.boolean(),
  imagesSeen: fc.boolean(),
  critical: fc.boolean(),
  withinUndo: fc.boolean(),
  reportSeen: fc.boolean(),
  policy: fc.record({ sameSigner: fc.boolean(), tempRelease: fc.boolean() }),
})

const request = fc.record({
  reason: fc.constantFrom(undefined, '', 'because'),
  pinProved: fc.boolean(),
  urgency: fc.constantFrom(undefined, 0, 1, 3),
  assignee: fc.constantFrom(undefined, null, { account: 1, reads: true }, { account: 6, reads: false }),
  amending: fc.constantFrom(undefined, 'addendum' as const, 'correction' as const),
  amendingClass: fc.constantFrom(undefined, 'side' as const),
  details: fc.constantFrom(undefined, { reasons: [] }, { reasons: ['111209'] }),
})

const step = fc.record({ actor: fc.constantFrom(...people), verb: fc.constantFrom(...verbs), world, request })

const willing: Request = {
  reason: 'because',
  pinProved: true,
  assignee: null,
  amending: 'correction',
  amendingClass: 'missed',
  details: { reasons: ['111209'] },
}

function after(facts: Facts, changes: Changes): Facts {
  const { reservedFor = facts.reservedFor, clock, ...rest } = changes
  const paused = clock === 'pause' || (clock === 'keep' && facts.paused)
  return { ...facts, ...rest, reservedFor, paused, generation: facts.generation + 1 }
}

const readers: readonly (number | null)[] = [null, 1, 2, 3, 4, 11]

function invariant(facts: Facts): void {
  const { state, assignee, author, reviewer } = facts
  // Exactly one holder where somebody works, nobody elsewhere.
  expect(assignee !== null).toBe(['CLAIMED', 'QUERIED', 'REVIEWING', 'REWORK'].includes(state))
  if (['SUBMITTED', 'TEMP_RELEASED', 'REVIEWING', 'REWORK', 'FINAL', 'AMENDED', 'RETRACTED'].includes(state)) expect(author).not.toBeNull()
  if (['REVIEWING', 'FINAL', 'AMENDED', 'RETRACTED'].includes(state)) {
    expect(reviewer).not.toBeNull()
    // One person for both only under the policy of the night, and then it is said.
    expect(facts.samePerson).toBe(reviewer === author)
  }
  if (state === 'REVIEWING') expect(assignee).toBe(reviewer)
  if (state === 'REWORK') expect(assignee).toBe(author)
  for (const id of [assignee, author, reviewer, facts.reservedFor]) expect(readers).toContain(id)
  // The clock stands where the township has to do something, and while it does it.
  if (state === 'QUERIED' || state === 'RETURNED') expect(facts.paused).toBe(true)
  if (!['QUERIED', 'RETURNED', 'UPLOADING', 'CANCELED'].includes(state)) expect(facts.paused).toBe(false)
  // An amendment has a report to return to, and nothing is amended once it is signed, retracted or cancelled.
  expect(facts.amending === null).toBe(facts.standing === null)
  if (facts.amending !== null) expect(['CLAIMED', 'SUBMITTED', 'REVIEWING', 'REWORK']).toContain(state)
  expect(facts.amending === 'correction').toBe(facts.amendingClass !== null)
  if (['FINAL', 'AMENDED', 'RETRACTED'].includes(state)) expect(facts.temporary).toBe(false)
}

test('random verbs by random people never break an invariant; what is signed stays until it is amended, retracted or taken back', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 200, size: 'max' }), (steps) => {
      let facts = start
      for (const { actor, verb, world, request } of steps) {
        const before: Facts = { ...facts, ...world }
        const decision = decide(before, verb, actor, request)
        if (typeof decision === 'string') continue
        facts = after(before, changesOf(before, decision, actor, request))
        if (verb === 'sign') {
          expect(before.state).toBe('REVIEWING')
          expect(before.draftComplete && request.pinProved).toBe(true)
          expect(facts.state).toBe(before.amending === null ? 'FINAL' : 'AMENDED')
        }
        if (before.state === 'FINAL' || before.state === 'AMENDED') expect(['acknowledge', 'amend', 'retract', 'unsign']).toContain(verb)
        if (before.state === 'RETRACTED') expect([verb, (actor as Asker).roles]).toEqual(['ready', ['chief']])
        // A report that stands is never lost: whatever ends an amendment but its signature leads back to it.
        if (before.amending !== null && facts.amending === null && verb !== 'sign') {
          const { state, author, reviewer, samePerson } = facts
          expect({ state, author, reviewer, samePerson }).toEqual(before.standing)
        }
        invariant(facts)
      }
    }),
    { numRuns: 500 },
  )
})

const astray: ReadonlySet<Verb> = new Set(['cancel', 'reject', 'expire', 'release', 'return', 'retract', 'takeover'])

test('a guided walk reaches every state, and only the offered verbs are done', () => {
  const reached = new Set<string>()
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 4 }), fc.nat({ max: 9 })), {
        minLength: 80,
        maxLength: 160,
        size: 'max',
      }),
      fc.boolean(),
      (choices, fromReport) => {
        // Some begin where a report stands: from the first image it is a long way there.
        let facts: Facts = fromReport ? signed() : { ...start, draftComplete: true }
        reached.add(facts.state)
        for (const [who, which, urgency, straying] of choices) {
          facts = { ...facts, newImages: true, leaseExpired: true, withinUndo: true, critical: true }
          const actor = people[who % people.length]!
          // Mostly on towards the report: every day is like that.
          const offered = verbsFor(facts, actor).filter((verb) => straying === 0 || !astray.has(verb))
          if (offered.length === 0) continue
          const verb = offered[which % offered.length]!
          const decision = decide(facts, verb, actor, { ...willing, urgency: urgency === facts.urgency ? (urgency + 1) % 5 : urgency })
          if (typeof decision === 'string') {
            // A correction is offered as an amendment to whoever may only add.
            expect([verb, decision]).toEqual(['amend', 'amendment-not-yours'])
            continue
          }
          facts = after(facts, changesOf(facts, decision, actor, willing))
          invariant(facts)
          reached.add(facts.state)
        }
      },
    ),
    { numRuns: 150 },
  )
  expect([...reached].sort()).toEqual([...states].sort())
})

/** One walk: each step by name, with what the world has done before it. */
function walk(from: Facts, steps: readonly [verb: Verb, actor: number | 'system', request?: Request, world?: Partial<Facts>][]): Facts {
  let facts = from
  for (const [verb, actor, request = {}, world = {}] of steps) {
    const before = { ...facts, ...world }
    const who = actor === 'system' ? 'system' : people[actor - 1]!
    const decision = decide(before, verb, who, { ...willing, ...request })
    if (typeof decision === 'string') throw new Error(`${verb} was refused: ${decision}`)
    facts = after(before, changesOf(before, decision, who, { ...willing, ...request }))
    invariant(facts)
  }
  return facts
}

const complete: Facts = { ...start, draftComplete: true }
const signed = (facts: Facts = complete): Facts =>
  walk(facts, [
    ['ready', 5],
    ['claim', 1],
    ['submit', 1],
    ['review', 3],
    ['sign', 3],
  ])

describe('what the table means', () => {
  test('an amendment given up, released or run out leaves the report as it stood', () => {
    const stands = signed()
    for (const [verb, actor] of [
      ['abandon', 2],
      ['release', 2],
      ['expire', 'system'],
    ] as const) {
      const amending = walk(stands, [['amend', 2, { amending: 'addendum', amendingClass: undefined }]])
      expect(amending).toMatchObject({
        state: 'CLAIMED',
        amending: 'addendum',
        assignee: 2,
        standing: { state: 'FINAL', author: 1, reviewer: 3 },
      })
      expect(walk(amending, [[verb, actor, {}, { leaseExpired: true }]])).toMatchObject({
        state: 'FINAL',
        author: 1,
        reviewer: 3,
        assignee: null,
        amending: null,
      })
    }
  })

  test('an amendment that is signed is AMENDED; taken back within the minute it is an amendment again', () => {
    const amended = walk(signed(), [
      ['amend', 2, { amending: 'addendum', amendingClass: undefined }],
      ['submit', 2],
      ['review', 4],
      ['sign', 4],
    ])
    expect(amended).toMatchObject({ state: 'AMENDED', author: 2, reviewer: 4, amending: null })
    const undone = walk(amended, [['unsign', 4, {}, { withinUndo: true }]])
    expect(undone).toMatchObject({ state: 'REVIEWING', amending: 'addendum', assignee: 4, standing: { state: 'FINAL', author: 1 } })
    expect(decide(amended, 'unsign', people[3]!, {})).toBe('undo-over')
    expect(decide({ ...amended, withinUndo: true, reportSeen: true }, 'unsign', people[3]!, {})).toBe('report-seen')
    expect(decide({ ...amended, withinUndo: true }, 'unsign', people[2]!, {})).toBe('not-yours')
  })

  test('a correction is for reviewers and the chief, with its class and a reason', () => {
    const stands = signed()
    const correction: Request = { amending: 'correction', amendingClass: 'side', reason: '左右' }
    expect(decide(stands, 'amend', people[0]!, correction)).toBe('amendment-not-yours')
    expect(decide(stands, 'amend', people[2]!, { ...correction, amendingClass: undefined })).toBe('amendment-missing')
    expect(decide(stands, 'amend', people[2]!, { ...correction, reason: ' ' })).toBe('reason-missing')
    expect(decide(stands, 'amend', people[0]!, {})).toBe('amendment-missing')
    expect(decide(stands, 'amend', people[10]!, correction)).toMatchObject({ to: 'CLAIMED' })
  })

  test('author and reviewer are one person only at night, and the flag says so; what began at night may end in the morning', () => {
    const submitted = walk(complete, [
      ['ready', 5],
      ['claim', 3],
      ['submit', 3],
    ])
    expect(decide(submitted, 'review', people[2]!, {})).toBe('same-person')
    const night = { policy: { sameSigner: true, tempRelease: true } }
    const reviewing = walk(submitted, [['review', 3, {}, night]])
    expect(reviewing.samePerson).toBe(true)
    expect(walk(reviewing, [['sign', 3, {}, { policy: start.policy }]])).toMatchObject({ state: 'FINAL', samePerson: true })
    // Another reviewer makes it two people again.
    expect(walk(reviewing, [['takeover', 4]])).toMatchObject({ reviewer: 4, samePerson: false })
  })

  test('a retake stops the clock from the return until it can be read again, and the same reader is preferred', () => {
    const returned = walk(complete, [
      ['ready', 5],
      ['claim', 1],
      ['return', 1],
    ])
    expect(returned).toMatchObject({ state: 'RETURNED', paused: true, reservedFor: 1, assignee: null })
    expect(decide({ ...returned, state: 'READY' }, 'claim', people[1]!, {})).toBe('reserved')
    const again = walk(returned, [
      ['retake', 'system'],
      ['ready', 5],
    ])
    expect(again).toMatchObject({ state: 'READY', paused: false, reservedFor: 1 })
    expect(walk(again, [['claim', 1]])).toMatchObject({ reservedFor: null })
    expect(decide(walk(complete, [['ready', 5]]), 'return', people[0]!, { details: { reasons: [] } })).toBe('reasons-missing')
  })

  test('a question keeps its reader, who goes on when the township has answered', () => {
    const queried = walk(complete, [
      ['ready', 5],
      ['claim', 1],
      ['query', 1],
    ])
    expect(queried).toMatchObject({ state: 'QUERIED', assignee: 1, paused: true })
    expect(mayWrite(queried, people[0]!)).toBe(false)
    for (const answering of [5, 6])
      expect(walk(queried, [['answer', answering]])).toMatchObject({ state: 'CLAIMED', assignee: 1, paused: false })
    expect(decide(queried, 'answer', people[1]!, {})).toBe('held-by-another')
    expect(walk(queried, [['takeover', 11]])).toMatchObject({ state: 'CLAIMED', assignee: 11, paused: false })
  })

  test('a temporary report is for emergencies and critical values; it keeps its place in the queue of review and cannot be cancelled away', () => {
    const submitted = walk(complete, [
      ['ready', 5],
      ['claim', 1],
      ['submit', 1],
    ])
    expect(decide(submitted, 'temp-release', people[0]!, {})).toBe('not-urgent')
    expect(decide({ ...submitted, urgency: 1, policy: { sameSigner: false, tempRelease: false } }, 'temp-release', people[0]!, {})).toBe(
      'policy-off',
    )
    const released = walk({ ...submitted, critical: true }, [['temp-release', 1]])
    expect(released).toMatchObject({ state: 'TEMP_RELEASED', temporary: true })
    expect(
      walk(released, [
        ['review', 3],
        ['release', 3],
      ]),
    ).toMatchObject({ state: 'TEMP_RELEASED', reviewer: null })
    const recalled = walk(released, [['recall', 1]])
    expect(recalled.temporary).toBe(true)
    expect(decide(recalled, 'cancel', people[4]!, willing)).toBe('report-stands')
    expect(
      walk(recalled, [
        ['submit', 1],
        ['review', 3],
        ['sign', 3],
      ]).temporary,
    ).toBe(false)
  })

  test('what was retracted is read anew when the chief says so', () => {
    const retracted = walk(signed(), [['retract', 11]])
    expect(retracted.state).toBe('RETRACTED')
    expect(decide(signed(), 'retract', people[2]!, willing)).toBe('not-yours')
    expect(walk(retracted, [['ready', 11]])).toMatchObject({ state: 'READY', author: null, reviewer: null, beforeSignature: null })
  })

  test('a coordinator keeps a task for a reader, changes its urgency and cancels it, and reads nothing', () => {
    const ready = walk(complete, [['ready', 5]])
    const kept = walk(ready, [['assign', 10, { assignee: { account: 2, reads: true } }]])
    expect(kept).toMatchObject({ state: 'READY', reservedFor: 2 })
    expect(verbsFor(kept, people[0]!)).not.toContain('claim')
    expect(verbsFor(kept, people[1]!)).toContain('claim')
    expect(decide(ready, 'assign', people[9]!, { assignee: { account: 6, reads: false } })).toBe('assignee-unfit')
    expect(walk(kept, [['urgency', 10, { urgency: 0 }]])).toMatchObject({ urgency: 0, state: 'READY' })
    expect(verbsFor(ready, people[9]!).sort()).toEqual(['assign', 'cancel', 'urgency'])
    expect(walk(ready, [['cancel', 10]])).toMatchObject({ state: 'CANCELED' })
  })
})

describe('the table', () => {
  test('leads into and out of every state', () => {
    for (const state of states) {
      if (state !== 'UPLOADING')
        expect(
          transitions.some(({ to }) => to === state || (to === 'signed' && (state === 'FINAL' || state === 'AMENDED'))),
          `into ${state}`,
        ).toBe(true)
      expect(
        transitions.some(({ from, to }) => from.includes(state) && to !== 'same'),
        `out of ${state}`,
      ).toBe(true)
    }
  })

  test('lets nobody of another institution do anything to what is read at the centre', () => {
    for (const state of states) {
      const facts: Facts = { ...start, state, assignee: 1, author: 1, newImages: true, draftComplete: true, leaseExpired: true }
      for (const stranger of [people[5]!, people[7]!, people[8]!]) {
        // The township's clinician answers what its technologist may answer too.
        expect(verbsFor(facts, stranger), state).toEqual(stranger === people[5] && state === 'QUERIED' ? ['answer'] : [])
        expect(mayWrite(facts, stranger)).toBe(false)
      }
    }
  })

  test('refuses a generation that has passed before it asks anything else', () => {
    const facts: Facts = { ...start, state: 'CLAIMED', assignee: 1, generation: 7 }
    expect(decide(facts, 'submit', people[0]!, { generation: 6 })).toBe('stale-generation')
    expect(decide(facts, 'submit', people[0]!, { generation: 7 })).toBe('draft-incomplete')
  })
})
