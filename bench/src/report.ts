import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import type { ExchangeProfile } from './profile-exchange.ts'
import type { Spread } from './statistics.ts'

/** One measured figure beside its reference and, where performance.md sets one, its goal. */
export interface Row {
  readonly name: string
  readonly figure: Spread
  readonly unit: string
  readonly reference: string
  /** Figure divided by the reference of the same round. */
  readonly ratio: Spread
  readonly goal?: string | undefined
  readonly met?: boolean | undefined
}

export function printTable(rows: readonly Row[]): void {
  const cells = [
    ['what', 'figure (min–max)', 'ratio (min–max)', 'to', 'goal', ''],
    ...rows.map((row) => [
      row.name,
      `${short(row.figure.median)} ${row.unit} (${short(row.figure.least)}–${short(row.figure.most)})`,
      `${short(row.ratio.median)} (${short(row.ratio.least)}–${short(row.ratio.most)})`,
      row.reference,
      row.goal ?? '',
      row.met === undefined ? '' : row.met ? 'met' : 'MISSED',
    ]),
  ]
  printCells(cells)
}

/** Where the time of an exchange goes, with one echo as the measure. */
export function printProfile(
  { cpuMicroseconds, samples, parts }: ExchangeProfile,
  echoCpuMicroseconds: number,
): void {
  const whole = { part: 'the whole exchange', share: 1, microseconds: cpuMicroseconds }
  printCells([
    ['part', 'share', 'µs CPU', '× echo'],
    ...[...parts, whole].map(({ part, share, microseconds }) => [
      part,
      `${(share * 100).toFixed(1)} %`,
      short(microseconds),
      short(microseconds / echoCpuMicroseconds),
    ]),
  ])
  console.log(
    `A profile of ${samples} samples, no timing: the profiler's own cost is in every part, and not in the echo.`,
  )
}

function printCells(cells: readonly (readonly string[])[]): void {
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((line) => (line[column] ?? '').length)),
  )
  for (const line of cells) {
    console.log(line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  }
}

export function writeJson(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`)
}

function short(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value >= 100) return value.toFixed(0)
  if (value >= 10) return value.toFixed(1)
  return value.toFixed(value >= 1 ? 2 : 3)
}
