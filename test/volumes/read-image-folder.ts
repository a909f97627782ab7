// Reads what somebody else put down for the lab: disks.json beside image files, a layout, a record. Mistakes are told in a sentence.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { LayoutSchema, type Layout } from '../../protocol/layout.ts'
import { RecordFileSchema, StorageRecordSchema, type RecordFile, type StorageRecord } from '../../protocol/storage-record.ts'
import type { LabDisk } from './disk.ts'

/** A file that is not of the form wanted. */
export class InputMistake extends Error {}

const names = {
  file: ['file', 'image', 'path', 'name', 'filename', 'img'], serial: ['serial', 'serialNumber', 'serial_number', 'id'],
  sector: ['sectorBytes', 'sectorSize', 'sector_size', 'sector_bytes', 'sector', 'logicalSectorBytes', 'logical_sector_size', 'logicalSectorSize', 'blockSize', 'block_size', 'log-sec'],
  wwn: ['wwn', 'WWN'], vendor: ['vendor'], model: ['model', 'product'],
}

/** The disks that `disks.json` names, in its order. */
export function readDisks(folder: string): LabDisk[] {
  const path = join(folder, 'disks.json')
  const told = readDocument(path)
  const list = Array.isArray(told) ? told : isObject(told) && Array.isArray(told['disks']) ? told['disks'] : isObject(told) && isObject(told['disks']) ? named(told['disks']) : isObject(told) ? named(told) : null
  if (list === null || list.length === 0) throw new InputMistake(`${path} names no disks: a list of {"file": …, "serial": …, "sectorBytes": 512} is wanted, or the same under the key "disks".`)
  const disks = list.map((entry, index) => readDisk(folder, path, entry, index))
  const twice = disks.find((disk, index) => disks.findIndex(other => other.file === disk.file) !== index)
  if (twice !== undefined) throw new InputMistake(`${path} names ${twice.file} twice; for one disk over several paths give it "paths": 2.`)
  return disks
}

/** `{"a.img": {…}}` is a list, too. */
function named(disks: Record<string, unknown>): unknown[] {
  return Object.entries(disks).map(([file, more]) => ({ file, ...isObject(more) ? more : { serial: more } }))
}

function readDisk(folder: string, path: string, entry: unknown, index: number): LabDisk {
  const where = `entry ${index + 1} of ${path}`
  if (!isObject(entry)) throw new InputMistake(`${where} is not an object.`)
  const pick = (keys: readonly string[]) => keys.map(key => entry[key]).find(value => value !== undefined && value !== null)
  const text = (keys: readonly string[]) => { const value = pick(keys); return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : undefined }
  const file = text(names.file)
  if (file === undefined || file === '') throw new InputMistake(`${where} has no "file".`)
  const inside = file.startsWith('/') ? file : join(folder, file)
  if (!existsSync(inside)) throw new InputMistake(`${where} names ${file}, and there is no such file in ${folder}.`)
  if (join(folder, basename(file)) !== inside) throw new InputMistake(`${where} names ${file}; images stand beside disks.json.`)
  const serial = text(names.serial)
  if (serial === undefined || serial === '' || !/^[\x20-\x7e]{1,60}$/.test(serial)) throw new InputMistake(`${where} has no "serial" of up to 60 plain characters: a disk is known by it.`)
  const sectorBytes = Number(pick(names.sector) ?? 512)
  if (sectorBytes !== 512 && sectorBytes !== 4096) throw new InputMistake(`${where} has sectors of ${String(pick(names.sector))} bytes; 512 and 4096 are possible.`)
  const { size } = statSync(inside)
  if (size === 0 || size % sectorBytes !== 0) throw new InputMistake(`${where}: ${file} has ${size} bytes, which are not whole sectors of ${sectorBytes}.`)
  const wwn = text(names.wwn)
  if (wwn !== undefined && !/^(wwn-)?(0x)?[0-9a-fA-F]{8,32}$/.test(wwn)) throw new InputMistake(`${where} has the WWN ${JSON.stringify(wwn)}; hexadecimal digits are wanted, as in 0x5000c500a1b2c3d4.`)
  const paths = Number(entry['paths'] ?? 1)
  if (!Number.isInteger(paths) || paths < 1 || paths > 8) throw new InputMistake(`${where} has "paths": ${String(entry['paths'])}; 1 to 8 are possible.`)
  const [vendor, model] = [text(names.vendor), text(names.model)]
  return {
    file: basename(file), serial, sectorBytes, paths,
    ...wwn === undefined ? {} : { wwn: `0x${wwn.replace(/^wwn-/, '').replace(/^0x/, '').toLowerCase()}` }, ...vendor === undefined ? {} : { vendor }, ...model === undefined ? {} : { model },
  }
}

/** A layout: bare, or the only one, or that of `role`, under `layouts` or `install.layouts`. JSON or YAML. */
export function readLayout(path: string, role?: string): Layout {
  const told = readDocument(path)
  const outer = isObject(told) && isObject(told['install']) ? told['install'] : told
  const several = isObject(outer) && isObject(outer['layouts']) ? outer['layouts'] : null
  const chosen = several !== null ? several[role ?? Object.keys(several)[0] ?? ''] : isObject(outer) && isObject(outer['layout']) ? outer['layout'] : outer
  return checked(LayoutSchema, chosen, path)
}

/** A record in either form. */
export function readRecord(path: string): RecordFile | StorageRecord {
  const told = readDocument(path)
  return isObject(told) && 'facts' in told ? checked(RecordFileSchema, told, path) : checked(StorageRecordSchema, told, path)
}

function readDocument(path: string): unknown {
  try { return parse(readFileSync(path, 'utf8'), { maxAliasCount: 100 }) } catch (error) {
    throw new InputMistake(`${path} cannot be read: ${(error instanceof Error ? error.message : String(error)).split('\n')[0]}`)
  }
}

function checked<T extends TSchema>(schema: T, value: unknown, path: string): Static<T> {
  if (Value.Check(schema, value)) return value as Static<T>
  const [first] = Value.Errors(schema, value)
  throw new InputMistake(`${path} is not of the form wanted: ${first === undefined || first.instancePath === '' ? 'the whole of it' : first.instancePath} ${first?.message ?? ''}`)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
