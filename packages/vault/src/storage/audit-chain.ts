import { createHmac, type KeyObject } from 'node:crypto'

import { lengthPrefixed } from '../domain/length-prefixed.ts'
import { equalMacs } from './mac-keys.ts'

/** One link: an event, tied to the one before it by that one's MAC. */
export interface AuditRecord {
  readonly tenant: string
  readonly writerId: string
  /** Counts from 1 without gaps. */
  readonly sequence: number
  readonly keyVersion: number
  /** MAC of the previous record of this writer; {@link CHAIN_START} for the first. */
  readonly previous: Uint8Array
  /** Canonical JSON. */
  readonly event: string
  readonly mac: Uint8Array
}

/**
 * Where a writer's chain ends, signed: kept outside the database (a log line, a file), it shows when the end of the
 * chain was cut off.
 */
export interface AuditHead {
  readonly tenant: string
  readonly writerId: string
  /** How many records there are. */
  readonly count: number
  readonly keyVersion: number
  /** base64url; the MAC of the last record. */
  readonly hash: string
  /** base64url; over everything above. */
  readonly mac: string
}

export const CHAIN_START = new Uint8Array(32)

export function recordMac(key: KeyObject, record: Omit<AuditRecord, 'mac'>): Uint8Array {
  return createHmac('sha256', key)
    .update(
      lengthPrefixed([
        'valetkey audit record 1',
        record.tenant,
        record.writerId,
        record.sequence,
        record.keyVersion,
        record.event,
      ]),
    )
    .update(record.previous)
    .digest()
}

export function signHead(key: KeyObject, head: Omit<AuditHead, 'mac'>): AuditHead {
  return { ...head, mac: headMac(key, head).toString('base64url') }
}

export function isHeadGenuine(key: KeyObject, head: AuditHead): boolean {
  return equalMacs(headMac(key, head), Buffer.from(head.mac, 'base64url'))
}

function headMac(key: KeyObject, head: Omit<AuditHead, 'mac'>): Buffer {
  return createHmac('sha256', key)
    .update(
      lengthPrefixed([
        'valetkey audit head 1',
        head.tenant,
        head.writerId,
        head.count,
        head.keyVersion,
        head.hash,
      ]),
    )
    .digest()
}
