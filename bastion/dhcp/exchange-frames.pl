# Sends one Ethernet frame on an interface, and once more half way, and prints in hexadecimal, one a line, every IPv4 frame
# to UDP port 68 that arrives until the time is over, or until GRACE has passed since the first that holds the bytes WANTED.
# A packet socket (packet(7)) sees frames before reverse-path filters and firewalls do; Node can't open one. Needs CAP_NET_RAW.
# usage: exchange-frames.pl INTERFACE FRAME-HEX WANTED-HEX MILLISECONDS GRACE-MILLISECONDS
use strict;
use warnings;

my ($interface, $frame, $wanted, $milliseconds, $grace) = @ARGV;
$frame = pack('H*', $frame);
$wanted = pack('H*', $wanted);
my $ipv4 = unpack('S', pack('n', 0x0800));
socket(my $wire, 17, 3, $ipv4) or die "packet socket: $!\n";    # AF_PACKET, SOCK_RAW
my $request = pack('a16 x24', $interface);
ioctl($wire, 0x8933, $request) or die "interface $interface: $!\n";    # SIOCGIFINDEX, netdevice(7)
my $address = pack('S S i S C C a8', 17, $ipv4, unpack('x16 i', $request), 0, 0, 6, '');    # sockaddr_ll
bind($wire, $address) or die "bind to $interface: $!\n";
defined send($wire, $frame, 0) or die "send on $interface: $!\n";

# perl-base has no clock finer than a second: time is what select(2) says is left. The alarm ends a flood of other frames.
my $left = $milliseconds / 1000;
my $again = $left / 2;
$SIG{ALRM} = sub { exit 0 };
alarm(int($left) + 3);
$| = 1;
while ($left > 0.0005) {
  my $ready = '';
  vec($ready, fileno($wire), 1) = 1;
  my $wait = $left > $again ? $left - $again : $left;
  my ($found, $rest) = select($ready, undef, undef, $wait);
  $left -= $wait - ($found > 0 ? $rest : 0);
  if ($again && $left <= $again) { send($wire, $frame, 0); $again = 0; }
  next if $found <= 0 || !defined recv($wire, my $got, 2048, 0);
  next if length($got) < 42 || unpack('x23 C', $got) != 17;    # IPv4 header: protocol, UDP
  my $udp = 14 + 4 * (unpack('x14 C', $got) & 15);
  next if length($got) < $udp + 8 || unpack("x$udp x2 n", $got) != 68;
  print unpack('H*', $got), "\n";
  next if index($got, $wanted) < 0;
  $again = 0;
  $left = $grace / 1000 if $left > $grace / 1000;
}
