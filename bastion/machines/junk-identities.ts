// UUIDs and serial numbers that vendors ship in many machines, and that therefore identify none.

const junkUuids = new Set([
  '03000200-0400-0500-0006-000700080009', '00020003-0004-0005-0006-000700080009', '02000100-0300-0400-0005-000600070008',
  '01010101-0101-0101-0101-010101010101', '01234567-8910-1112-1314-151617181920', '12345678-1234-5678-90ab-cddeefaabbcc',
  '4c4c4544-0000-2010-8020-80c04f202020', '6ab5b300-538d-1014-9fb5-b0684d007b53', 'ffffff00-ffff-ffff-ffff-ffffffffffff',
  '12345678-1234-1234-1234-123456789abc', '00112233-4455-6677-8899-aabbccddeeff', 'fefefefe-fefe-fefe-fefe-fefefefefefe',
])

const junkSerials = new Set([
  'default string', 'system serial number', 'systemserialnumb', 'base board serial number', 'chassis serial number', 'type2 - board serial number',
  'not specified', 'not applicable', 'not available', 'not provided', 'not present', 'no enclosure', 'none', 'n/a', 'na', 'null', '(null string)', 'undefined',
  'unknown', 'unknow', 'invalid', 'empty', 'blank', 'default', 'serial', 'serial number', 'serial number xxxxxx', 'sernum0', 'oem', 'o.e.m.', 'oem_serial',
  'sys-1234567890', 'sys-9876543210', 'sn-12345', 'sn-1234567890', 'mb-1234567890', 'sn-123456fvgv3i0b8o5n6n7k', 'eval', 'iatpass', 'tulip computers',
  'system product name', 'system manufacturer', 'standard', 'bsn12345678901234567', 'empty serial', 'virtual machine',
])

/** Whether a UUID or serial is known junk: in the lists, one character repeated, a run of counted digits (0123456789, 1234567890), or words like "To be filled by O.E.M.". Such a value counts for nothing. */
export function isJunk(value: string): boolean {
  const text = value.trim().toLowerCase()
  const bare = text.replaceAll(/[\s._:-]/g, '')
  if (bare === '' || /^(.)\1*$/.test(bare)) return true
  if (junkUuids.has(text) || junkSerials.has(text)) return true
  if (/to be filled|filled by o\.?e\.?m/.test(text)) return true
  const counted = '0123456789012345678901234567890'
  return counted.startsWith(bare) || counted.slice(1).startsWith(bare) || /^1234567890*$/.test(bare)
}
