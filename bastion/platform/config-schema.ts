// Every key of bastion.yaml with its description and default. docs/config.md is generated from here.
import { Type, type Static, type TSchema } from 'typebox'
import { LayoutSchema } from '../../protocol/layout.ts'
import { MachineSettingsSchema } from '../../protocol/machine-settings.ts'
import { defaultLayouts } from './default-layouts.ts'
import { RuleSchema } from './rule-schema.ts'

const orNull = <T extends TSchema>(schema: T, description: string) => Type.Union([schema, Type.Null()], { default: null, description })
const section = <T extends Record<string, TSchema>>(properties: T, description: string) => Type.Object(properties, { additionalProperties: false, default: {}, description })
const folder = (value: string, description: string) => Type.String({ pattern: '^/', default: value, description: `${description} An absolute path.` })
const ipv4Pattern = '^((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}$'
const ipv4 = Type.String({ pattern: ipv4Pattern })
const ipv4Default = (value: string, description: string) => Type.String({ pattern: ipv4Pattern, default: value, description })
const perMinute = (value: number, description: string) => Type.Integer({ minimum: 1, maximum: 10_000_000, default: value, description: `Requests a minute: ${description}` })
const port = (value: number, description: string) => Type.Integer({ minimum: 1, maximum: 65535, default: value, description })

const SubnetSchema = Type.Object({
  network: ipv4, netmask: ipv4Default('255.255.255.0', 'Its netmask.'), rangeStart: ipv4, rangeEnd: ipv4, router: ipv4, dns: Type.Array(ipv4, { default: [] }),
}, { additionalProperties: false })
const ReservationSchema = Type.Object({ mac: Type.String({ pattern: '^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$' }), address: ipv4 }, { additionalProperties: false })

/** The whole configuration. Unknown keys are errors. */
export const ConfigSchema = Type.Object({
  state: folder('/var/lib/labctl-bastion', 'Folder of the database, the keys and the leases; made with mode 0700 when missing.'),
  log: section({
    level: Type.Enum(['trace', 'debug', 'info', 'warn', 'error'], { default: 'info', description: 'Least level that is written.' }),
  }, 'The bastion’s own log, JSON lines on standard output.'),
  bootPlane: section({
    address: ipv4Default('127.0.0.1', 'IPv4 address that firmware and installers reach; the only one that the boot plane binds to.'),
    port: port(8080, 'TCP port of the boot plane (plain HTTP).'),
  }, 'Plain-HTTP listener for firmware, iPXE, the RAM disk and installers.'),
  controlPlane: section({
    address: ipv4Default('127.0.0.1', 'IPv4 address that the control plane binds to; machines must reach it too.'),
    port: port(8443, 'TCP port of the control plane (TLS).'),
  }, 'TLS listener for operators, machines and guests.'),
  logIntake: section({
    addresses: orNull(Type.Array(ipv4, { maxItems: 16 }), 'IPv4 addresses that logs are taken on; null takes the boot plane’s once that is no loopback address, and an empty list takes none.'),
    port: port(5514, 'TCP and UDP port of the log intake.'),
    linesPerSecond: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 500, description: 'Lines a second that are taken from one address in the long run; ten times as many at once, for a kernel that has just started. The rest is dropped and counted.' }),
    machineMib: Type.Integer({ minimum: 1, maximum: 1024, default: 4, description: 'Lines kept of one machine, in MiB; the oldest go first.' }),
    totalMib: Type.Integer({ minimum: 1, maximum: 65_536, default: 64, description: 'Lines kept of all machines together, in MiB; senders that are no machines have an eighth of it.' }),
  }, 'Syslog of RAM disks and installers, over TCP and UDP. Anybody on the boot network can send lines in anybody’s name: they are shown, and prove nothing.'),
  dhcp: section({
    mode: Type.Enum(['off', 'proxy', 'server'], { default: 'off', description: 'server: dnsmasq leases addresses on `interface`. proxy: it only says what to boot, beside the network’s own DHCP server. off: nothing answers DHCP (boot programs are served over TFTP where `interface` is named). docs/networks.md helps to choose.' }),
    interface: orNull(Type.String({ pattern: '^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$' }), 'Network interface that dnsmasq answers on; needed in server and proxy mode.'),
    rangeStart: orNull(ipv4, 'First address leased; server mode only, as all of the following but the netmask.'),
    rangeEnd: orNull(ipv4, 'Last address leased.'),
    netmask: ipv4Default('255.255.255.0', 'Netmask of the network of `interface`.'),
    router: orNull(ipv4, 'Default route given to machines; null gives none.'),
    dns: Type.Array(ipv4, { default: [], description: 'DNS servers given to machines.' }),
    leaseMinutes: Type.Integer({ minimum: 2, maximum: 10080, default: 60, description: 'How long a lease lasts, in minutes.' }),
    subnets: Type.Array(SubnetSchema, { default: [], maxItems: 64, description: 'Networks behind DHCP relays: each with `network`, `netmask`, `rangeStart`, `rangeEnd`, `router` and `dns`.' }),
    reservations: Type.Array(ReservationSchema, { default: [], maxItems: 1000, description: 'Machines that are always leased the same address: each with `mac` and `address`, in any of the networks.' }),
    allowForeignServer: Type.Boolean({ default: false, description: 'Start although another DHCP server or bastion answers on the interface.' }),
    routerAdvertisements: Type.Boolean({ default: true, description: 'Send IPv6 router advertisements with lifetime 0 (iPXE waits 13 s per script without); only right on an interface of the bastion’s own; never sent in proxy mode.' }),
  }, 'dnsmasq: DHCP and TFTP. Off until an interface is named.'),
  ramdisk: section({
    directory: folder('/var/lib/labctl-bastion/ramdisk', 'Where `labctl-bastion build ramdisk` leaves its files.'),
    firmware: Type.Boolean({ default: true, description: 'Load the NIC firmware archive too, where it was built.' }),
    console: Type.Array(Type.String({ pattern: '^[a-zA-Z0-9,]+$' }), { default: ['tty0', 'ttyS0,115200n8'], description: 'Kernel consoles of the RAM disk and of installed machines; the last one is /dev/console.' }),
    arguments: Type.Array(Type.String({ pattern: '^[A-Za-z0-9_.:/,=@+-]+$' }), { default: [], description: 'Further kernel arguments of the RAM disk and of installed machines.' }),
  }, 'The RAM disk that discovers and installs.'),
  os: section({
    directory: folder('/var/lib/labctl-bastion/os', 'Where root images are kept and builds are queued.'),
    default: Type.String({ default: 'debian-13', description: 'Operating system of an order that names none.' }),
    packages: Type.Array(Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]+$' }), { default: [], description: 'Debian packages that root images hold beyond what the bastion needs.' }),
    firmware: Type.Boolean({ default: true, description: 'Put firmware of network cards into root images, where the mirror has it (component non-free-firmware).' }),
    stream: Type.Enum(['tar', 'tar.zst'], { default: 'tar.zst', description: 'Form in which root images are streamed: tar spares the machine’s CPU, tar.zst the network.' }),
    cacheMib: Type.Integer({ minimum: 64, maximum: 10_000_000, default: 20_480, description: 'What the cache of packages of installation trees may hold, in MiB; the least recently used go first.' }),
  }, 'Operating systems to install.'),
  build: section({
    mirror: orNull(Type.String({ pattern: '^(https?|file)://[^\\s]+$' }), 'Debian mirror that the RAM disk and root images are built from, as in `http://deb.example/debian`; null takes the mirrors of this host’s own apt configuration.'),
    securityMirror: orNull(Type.String({ pattern: '^(https?|file)://[^\\s]+$' }), 'Mirror of Debian’s security updates; looked at only where `build.mirror` is given.'),
    keyring: orNull(Type.String({ pattern: '^/[^\\s]+$' }), 'Keyring that the mirror’s signatures are checked with; null takes what the host’s apt configuration names, else Debian’s archive keyring.'),
    cache: orNull(Type.String({ minLength: 1 }), 'Folder where downloaded packages are kept; null is `cache` in the state folder.'),
  }, 'How `labctl-bastion build` makes the RAM disk and root images.'),
  discovery: section({
    by: Type.Enum(['ramdisk', 'kickstart'], { default: 'ramdisk', description: 'What discovers machines: the RAM disk, or the installer of an installation tree, with a kickstart that reports and installs nothing. Rescue, erase and root images need the RAM disk all the same.' }),
    os: orNull(Type.String({ pattern: '^[a-z][a-z0-9.-]{0,62}$' }), 'Installation tree whose installer discovers machines, where `discovery.by` is kickstart.'),
    afterwards: Type.Enum(['wait', 'local-disk', 'poweroff', 'reboot'], { default: 'wait', description: 'What a discovered machine without an order does: wait in RAM for one (polling), boot its disk, power off, or reboot. Only the RAM disk waits: where `discovery.by` is kickstart, `wait` is the same as `local-disk`.' }),
  }, 'What happens to machines that nobody ordered anything for.'),
  boot: section({
    ticketMinutes: Type.Integer({ minimum: 1, maximum: 1440, default: 60, description: 'A ticket is void this long after the last word of its boot, in minutes.' }),
    ticketHours: Type.Integer({ minimum: 1, maximum: 24, default: 24, description: 'A ticket is void this long after it was made whatever happens, in hours.' }),
    afterFailure: Type.Enum(['local-disk', 'wait'], { default: 'local-disk', description: 'What a machine gets whose installation failed: its local disk, or the RAM disk, waiting for `provision retry`.' }),
    pollSeconds: Type.Integer({ minimum: 1, maximum: 120, default: 25, description: 'How long a waiting machine’s poll is held open, in seconds.' }),
    maximumReportKib: Type.Integer({ minimum: 64, maximum: 8192, default: 2048, description: 'Largest report of a machine that is read, in KiB.' }),
  }, 'Tickets and the boot conversation.'),
  install: section({
    role: Type.String({ default: 'worker', description: 'Role of an order that names none.' }),
    authorizedKeys: Type.Array(Type.String({ pattern: '^(ssh-|ecdsa-|sk-)[^\\n\\r]+$' }), { default: [], description: 'SSH public keys that may log in as root on installed machines.' }),
    timezone: Type.String({ default: 'Etc/UTC', pattern: '^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$', description: 'Time zone of installed machines.' }),
    bootOrder: Type.Enum(['disk', 'network'], { default: 'disk', description: 'Where installed UEFI machines start from: disk (network boot is then asked for once, by the BMC or `efibootmgr -n`), or network first.' }),
    carryOver: section({
      paths: Type.Array(Type.String({ pattern: '^(/(?!\\.{1,2}(/|$))[A-Za-z0-9._@+-]+)+\\*?$' }), { default: ['/etc/ssh/ssh_host_*', '/etc/rancher/node/password'], description: 'Files and folders of reformatted volumes that a reprovision puts back; a `*` at the end stands for any ending of a name.' }),
      machineId: Type.Boolean({ default: false, description: 'Put /etc/machine-id back too.' }),
      mostMib: Type.Integer({ minimum: 1, maximum: 1024, default: 16, description: 'A reprovision is refused where they are larger together, in MiB.' }),
    }, 'What a machine needs again after a reprovision although its volume is reformatted.'),
    layouts: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' }), LayoutSchema, { default: defaultLayouts, description: 'Volumes wanted on disk, by role.' }),
    settings: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}$' }), MachineSettingsSchema, { default: {}, description: 'What installed machines get, by role; `default` counts for all roles, and `labctl provision set` gives a machine its own. Each setting is taken whole from the most special place that has it.' }),
  }, 'What installed machines are like.'),
  rules: section({
    enabled: Type.Boolean({ default: false, description: 'Arm by rules. While it is off, `labctl provision rules --explain MACHINE` says what would be done.' }),
    perHour: Type.Integer({ minimum: 1, maximum: 100_000, default: 10, description: 'Machines armed within an hour by all rules together; no further one is.' }),
    list: Type.Array(RuleSchema, { default: [], maxItems: 200, description: 'The rules; the first that fits a machine counts, and no other. See below.' }),
  }, 'Rules that order an installation by themselves for machines that are new. Off by default; docs/rules.md.'),
  limits: section({
    clientPerMinute: perMinute(100, 'of one address on the control plane while it shows no valid credential, and of one operator once it does.'),
    enrolmentPerMinute: perMinute(10, 'for certificates (`/api/auth/…`), of one address.'),
    tokensPerMinute: perMinute(20, 'about join tokens (`/api/tokens`), of one operator or address.'),
    conversationPerMinute: perMinute(1200, 'of the boot conversation (`/api/boot/…`), of one address; room for a rack behind one.'),
    bootPlanePerMinute: perMinute(1200, 'on the boot plane, of one address; firmware retries, and a rack may stand behind one.'),
    treesPerMinute: perMinute(24_000, 'for files of installation trees, of one address; a package manager asks for hundreds at once.'),
    strangersPerMinute: perMinute(3000, 'of machines never seen that are dispatched, all together; each costs a ticket and a timeline entry.'),
    heldPolls: Type.Integer({ minimum: 0, maximum: 100_000, default: 200, description: 'Waiting machines whose question is held open until there is something to do; each costs memory (a TLS connection). The others ask again every `boot.pollSeconds`, and so begin that much later at most.' }),
    connections: Type.Integer({ minimum: 16, maximum: 100_000, default: 4096, description: 'Open connections per listener. When there are more, silent ones are closed, first those of the address that has most.' }),
    connectionsPerAddress: Type.Integer({ minimum: 4, maximum: 100_000, default: 256, description: 'Open connections per listener of one address. When there are more, its silent ones are closed, oldest first.' }),
    discoveredMachines: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 5000, description: 'Machines kept that nobody ever ordered anything for or named; no further one is discovered beyond that.' }),
  }, 'What one client may cost the others.'),
  stopSeconds: Type.Integer({ minimum: 1, maximum: 300, default: 10, description: 'A graceful stop is forced after this many seconds.' }),
}, { additionalProperties: false, title: 'bastion.yaml' })

/** The configuration with every default filled in. */
export type Config = Static<typeof ConfigSchema>
