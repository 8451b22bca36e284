/**
 * Who is asking, and what they may do. Two questions, kept apart: *which studies* (the scope, enforced by every statement in
 * `storage/index`) and *which deeds* (the table below). Neither is ever taken from a request.
 */
import type { Scope } from '../storage/index/records.ts'
import { Forbidden } from './errors.ts'

/**
 * People's roles (reading.md §2): technologist, radiologist, reviewer, clinician, administrator, `coordinator` (调度), `chief` (影像中心主任), `quality` (质控员).
 * Then those of programs: `sender` stores, `receiver` searches and retrieves, `performer` makes, claims and does Workitems.
 */
export const roles = [
  'technologist',
  'radiologist',
  'reviewer',
  'clinician',
  'administrator',
  'coordinator',
  'chief',
  'quality',
  'sender',
  'receiver',
  'performer',
] as const
export type Role = (typeof roles)[number]

/**
 * `store`: STOW-RS · `retrieve`: search and retrieve images · `board`: the imaging room's page, 发送 and 补充, matching studies with orders ·
 * `order`: enter orders of the own institution · `ward`: reports of the own institution · `read`: claim and write · `review`: second signature ·
 * `administer`: accounts, AEs, audit · `reject`: put images aside and back (a technologist those of the own institution that no report was signed on) ·
 * `purge`: ask for the end of what was rejected, or confirm what somebody else asked for · `identify`: correct a study, say whose it is, decide conflicts ·
 * `worklist`: see and watch Workitems (UPS-RS) · `perform`: make and claim them · `coordinate`: keep tasks for readers, their urgency, cancel, wallboard ·
 * `direct`: retract, correct, take over from anybody, approve lists · `quality`: peer review, grades, statistics of everything ·
 * `statistics`: of the own institution; `quality` and `coordinate` see all.
 */
export type Permission =
  | 'store'
  | 'retrieve'
  | 'board'
  | 'order'
  | 'ward'
  | 'read'
  | 'review'
  | 'administer'
  | 'reject'
  | 'purge'
  | 'identify'
  | 'worklist'
  | 'perform'
  | 'coordinate'
  | 'direct'
  | 'quality'
  | 'statistics'

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  technologist: ['store', 'retrieve', 'board', 'order', 'ward', 'reject', 'identify', 'worklist', 'statistics'],
  radiologist: ['retrieve', 'ward', 'read', 'worklist', 'perform'],
  reviewer: ['retrieve', 'ward', 'read', 'review', 'worklist', 'perform'],
  clinician: ['retrieve', 'order', 'ward'],
  administrator: ['store', 'retrieve', 'board', 'order', 'ward', 'administer', 'reject', 'purge', 'identify', 'worklist', 'statistics'],
  coordinator: ['retrieve', 'ward', 'worklist', 'coordinate', 'statistics'],
  chief: ['retrieve', 'ward', 'read', 'review', 'worklist', 'perform', 'coordinate', 'direct', 'quality', 'statistics'],
  quality: ['retrieve', 'ward', 'quality', 'statistics'],
  sender: ['store'],
  receiver: ['retrieve', 'worklist'],
  performer: ['retrieve', 'worklist', 'perform'],
}

export interface Asker {
  /** Key of the account; 0 where nobody signs in (AUTH=off). */
  readonly account: number
  readonly username: string
  readonly displayName: string
  readonly kind: 'person' | 'program'
  readonly roles: readonly Role[]
  readonly institution: { readonly id: number; readonly code: string; readonly name: string; readonly readingCentre: boolean }
  /** The institutions whose view of the archive the asker has. */
  readonly scope: Scope
  readonly mayStore: boolean
  /** When the asker's PIN was given in this session, for signing; null: not lately. */
  readonly pinGivenAt: Date | null
  /** Where the request came from, for the audit. */
  readonly address: string | null
  readonly demo: boolean
}

export const may = (asker: Asker, permission: Permission): boolean => asker.roles.some((role) => permissions[role].includes(permission))

/** Whose accounts may do it. */
export const rolesThatMay = (permission: Permission): readonly Role[] => roles.filter((role) => permissions[role].includes(permission))

/** @throws Forbidden */
export function demand(asker: Asker, permission: Permission): void {
  if (!may(asker, permission)) throw new Forbidden(`${asker.username} has no role that may ${permission}`)
}

/** Whether the asker answers for what belongs to an institution: their own, and at the reading centre an administrator for all. */
export const answersFor = (asker: Asker, institution: number): boolean =>
  asker.institution.id === institution || (asker.institution.readingCentre && may(asker, 'administer'))

/** @throws Forbidden */
export function demandOver(asker: Asker, institution: number): void {
  if (!answersFor(asker, institution)) throw new Forbidden('That belongs to another institution')
}

/** Programs' roles are for programs only, and people's for people: a program may hold a task, but never reads or signs, and a person is never a pipe. */
const programRoles: readonly Role[] = ['sender', 'receiver', 'performer']
export const fits = (role: Role, kind: Asker['kind']): boolean => programRoles.includes(role) === (kind === 'program')

/** Who writes or signs is somebody with an account. @throws Forbidden */
export function demandPerson(asker: Asker): void {
  if (asker.account === 0 || asker.kind !== 'person')
    throw new Forbidden('Only a person who has signed in can do this: it bears their name')
}

export interface AccountRow {
  readonly id: number
  readonly username: string
  readonly displayName: string
  readonly kind: 'person' | 'program'
  readonly roles: readonly string[]
  readonly institution: Asker['institution']
  readonly demo: boolean
}

export function askerOf(account: AccountRow, pinGivenAt: Date | null, address: string | null): Asker {
  const held = roles.filter((role) => account.roles.includes(role))
  return {
    account: account.id,
    username: account.username,
    displayName: account.displayName,
    kind: account.kind,
    roles: held,
    institution: account.institution,
    scope: [account.institution.id],
    mayStore: held.some((role) => permissions[role].includes('store')),
    pinGivenAt,
    address,
    demo: account.demo,
  }
}

/** AUTH=off (loopback only): one asker who may do everything, in the view of the given institutions. */
export function everybody(institution: Asker['institution'], scope: Scope): Asker {
  return {
    account: 0,
    username: 'local',
    displayName: 'local',
    kind: 'person',
    roles,
    institution,
    scope,
    mayStore: true,
    pinGivenAt: null,
    address: null,
    demo: false,
  }
}

/** Equipment that asks by DIMSE, for the audit: what it may do stands in the register of Application Entities. */
export function equipment(
  AETitle: string,
  source: { readonly institution: number; readonly institutionCode: string },
  address: string,
): Asker {
  const { institution: id, institutionCode: code } = source
  return {
    account: 0,
    username: AETitle,
    displayName: AETitle,
    kind: 'program',
    roles: [],
    institution: { id, code, name: code, readingCentre: false },
    scope: [id],
    mayStore: false,
    pinGivenAt: null,
    address,
    demo: false,
  }
}
