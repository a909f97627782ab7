# Asks on a wire, with an IEEE 802.1Q tag, who has an IPv4 address, once a second, and prints the MAC address that answers.
# The kernel takes the tag of what it receives away and a reader of packets sees the rest (packet(7)). Needs CAP_NET_RAW.
# usage: ask-arp.pl INTERFACE VLAN ADDRESS SENDER-ADDRESS SECONDS
use strict;
use warnings;

my ($interface, $vlan, $address, $sender, $seconds) = @ARGV;
my $all = unpack('S', pack('n', 0x0003));    # ETH_P_ALL
socket(my $wire, 17, 3, $all) or die "packet socket: $!\n";    # AF_PACKET, SOCK_RAW
my $request = pack('a16 x24', $interface);
ioctl($wire, 0x8933, $request) or die "interface $interface: $!\n";    # SIOCGIFINDEX
my $index = unpack('x16 i', $request);
bind($wire, pack('S S i S C C a8', 17, $all, $index, 0, 0, 6, '')) or die "bind to $interface: $!\n";
my $hardware = pack('a16 x24', $interface);
ioctl($wire, 0x8927, $hardware) or die "MAC address of $interface: $!\n";    # SIOCGIFHWADDR: a bridge takes in what is for itself alone
my $mac = unpack('x18 a6', $hardware);
my ($wanted, $own) = map { pack('C4', split(/\./)) } ($address, $sender);
my $arp = pack('n n C C n a6 a4 a6 a4', 1, 0x0800, 6, 4, 1, $mac, $own, "\0" x 6, $wanted);
my $frame = "\xff" x 6 . $mac . pack('n n n', 0x8100, $vlan, 0x0806) . $arp . "\0" x 18;
for (1 .. $seconds) {
  defined send($wire, $frame, 0) or die "send on $interface: $!\n";
  my $left = 1;
  while ($left > 0.001) {
    my $ready = '';
    vec($ready, fileno($wire), 1) = 1;
    (my $found, $left) = select($ready, undef, undef, $left);
    last if $found <= 0 || !defined recv($wire, my $got, 2048, 0);
    my $at = unpack('x12 n', $got) == 0x8100 ? 16 : 12;
    next if length($got) < $at + 30 || unpack("x$at n", $got) != 0x0806 || unpack('n', substr($got, $at + 8, 2)) != 2 || substr($got, $at + 16, 4) ne $wanted;
    print join(':', unpack('(H2)6', substr($got, $at + 10, 6))), "\n";
    exit 0;
  }
}
exit 1;
