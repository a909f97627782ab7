import t from 'tap'
import { decideChunk } from '../../../../bastion/http/files/decide-chunk.ts'
import { parseRange } from '../../../../bastion/http/files/parse-range.ts'
import { planFileAnswer, type AskedFile } from '../../../../bastion/http/files/plan-file-answer.ts'
import { renderFileHead } from '../../../../bastion/http/files/render-file-head.ts'

const plain: AskedFile = { method: 'GET', range: null, ifRange: null, ifMatch: null, ifNoneMatch: null, ifModifiedSince: null, ifUnmodifiedSince: null }
const stamp = { inode: 77, sizeBytes: 1000, modifiedMs: Date.UTC(2026, 0, 1, 12) + 250 }
const ask = (more: Partial<AskedFile>) => planFileAnswer({ ...plain, ...more }, stamp)
const { etag = '', 'last-modified': modified = '' } = ask({}).headers

t.test('one range of bytes is read in each of its forms', async t => {
  t.same(parseRange('bytes=0-99', 1000), { first: 0, last: 99 })
  t.same(parseRange('bytes=900-', 1000), { first: 900, last: 999 })
  t.same(parseRange('bytes=-1', 1000), { first: 999, last: 999 })
  t.same(parseRange('bytes=-5000', 1000), { first: 0, last: 999 }, 'a suffix longer than the file is all of it')
  t.same(parseRange('bytes=500-99999999999999999999', 1000), { first: 500, last: 999 })
  t.same(parseRange('Bytes= 1-2', 1000), { first: 1, last: 2 })
})

t.test('a range of which no byte exists is unsatisfiable', async t => {
  for (const header of ['bytes=1000-', 'bytes=1000-2000', 'bytes=-0', 'bytes=99999999999999999999-']) t.equal(parseRange(header, 1000), 'unsatisfiable', header)
  t.equal(parseRange('bytes=-1', 0), 'unsatisfiable')
  t.equal(parseRange('bytes=0-', 0), 'unsatisfiable')
})

t.test('what is not one range of bytes is as if it weren’t there', async t => {
  for (const header of ['bytes=-', 'bytes=2-1', 'bytes=0-1,5-6', 'lines=0-1', 'bytes', '', 'bytes=1', 'bytes=a-b', 'bytes=0x1-2', 'bytes=--1']) t.equal(parseRange(header, 1000), 'ignored', header)
})

t.test('a file is answered whole, with what a client needs to go on later', async t => {
  t.same(ask({}), { status: 200, start: 0, lengthBytes: 1000, headers: { 'accept-ranges': 'bytes', etag, 'last-modified': 'Thu, 01 Jan 2026 12:00:00 GMT', 'content-type': 'application/octet-stream', 'content-length': '1000' } })
  t.match(etag, /^"[0-9a-z-]+"$/, 'a strong validator')
})

t.test('the validator is another for each inode, size and time', async t => {
  const other = (more: object) => planFileAnswer(plain, { ...stamp, ...more }).headers['etag']
  t.equal(new Set([etag, other({ inode: 78 }), other({ sizeBytes: 1001 }), other({ modifiedMs: stamp.modifiedMs + 1 })]).size, 4)
})

t.test('a range is answered with its part, and one that doesn’t exist with the size', async t => {
  t.match(ask({ range: 'bytes=10-19' }), { status: 206, start: 10, lengthBytes: 10, headers: { 'content-length': '10', 'content-range': 'bytes 10-19/1000', etag } })
  t.match(ask({ range: 'bytes=1000-' }), { status: 416, lengthBytes: 0, headers: { 'content-length': '0', 'content-range': 'bytes */1000' } })
  t.match(ask({ range: 'bytes=0-1,5-6' }), { status: 200, lengthBytes: 1000 })
  t.match(ask({ range: 'bytes=10-19', method: 'HEAD' }), { status: 200, headers: { 'content-length': '1000' } }, 'only GET has ranges')
})

t.test('If-Range gives the part of the same file only, else the whole of the new one', async t => {
  const range = 'bytes=500-'
  t.equal(ask({ range, ifRange: etag }).status, 206)
  t.equal(ask({ range, ifRange: modified }).status, 206)
  for (const ifRange of [`W/${etag}`, '"other"', 'Thu, 01 Jan 2026 12:00:01 GMT', 'nonsense', '']) t.match(ask({ range, ifRange }), { status: 200, start: 0, lengthBytes: 1000 }, ifRange)
})

t.test('who has the file already is told so', async t => {
  for (const ifNoneMatch of [etag, `W/${etag}`, `"x", ${etag}`, '*']) t.match(ask({ ifNoneMatch }), { status: 304, lengthBytes: 0 }, ifNoneMatch)
  t.notOk('content-length' in ask({ ifNoneMatch: etag }).headers)
  t.equal(ask({ ifNoneMatch: '"x"', ifModifiedSince: modified }).status, 200, 'the validator counts before the date')
  t.equal(ask({ ifModifiedSince: modified }).status, 304)
  t.equal(ask({ ifModifiedSince: 'Thu, 01 Jan 2026 11:59:59 GMT' }).status, 200)
  t.equal(ask({ ifModifiedSince: 'never' }).status, 200)
})

t.test('who wants another file than is there is refused', async t => {
  t.equal(ask({ ifMatch: '"x"' }).status, 412)
  t.equal(ask({ ifMatch: `"x", ${etag}` }).status, 200)
  t.equal(ask({ ifMatch: '*' }).status, 200)
  t.equal(ask({ ifUnmodifiedSince: 'Thu, 01 Jan 2026 11:59:59 GMT' }).status, 412)
  t.equal(ask({ ifUnmodifiedSince: modified }).status, 200)
  t.equal(ask({ ifUnmodifiedSince: 'never' }).status, 200)
})

t.test('the head of an answer is as HTTP has it, and ends the connection', async t => {
  t.equal(renderFileHead(ask({ range: 'bytes=10-19' }), 'Thu, 01 Jan 2026 13:00:00 GMT'), [
    'HTTP/1.1 206 Partial Content', 'accept-ranges: bytes', `etag: ${etag}`, `last-modified: ${modified}`, 'content-type: application/octet-stream',
    'content-length: 10', 'content-range: bytes 10-19/1000', 'date: Thu, 01 Jan 2026 13:00:00 GMT', 'connection: close', '', '',
  ].join('\r\n'))
})

t.test('downloads have large buffers while they are few, and all of them together stay bounded', async t => {
  t.same([0, 1, 32, 64, 65, 200, 1000, 5000].map(decideChunk), [262_144, 262_144, 262_144, 262_144, 131_072, 65_536, 16_384, 16_384])
  t.ok(Array.from({ length: 1024 }, (_, index) => decideChunk(index + 1) * (index + 1)).every(bytes => bytes <= 16 * 2 ** 20))
})
