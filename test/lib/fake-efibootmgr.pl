#!/usr/bin/perl
# Stands in for efibootmgr(8), with the options that the steps use, on the variables in FAKE_VARIABLES; see fake-firmware.ts. The partition of a new entry is FAKE_ESP's.
use strict;
use warnings;

my %given;
while (defined(my $option = shift @ARGV)) {
  $option =~ s/^-// or die "efibootmgr: unexpected $option\n";
  $given{$option} = $option =~ /^[qBC]$/ ? 1 : shift @ARGV;
}
my $folder = $ENV{FAKE_VARIABLES};
my $global = '8be4df61-93ca-11d2-aa0d-00e098032b8c';
sub refuse { if (grep { $_ eq $_[0] } split /,/, $ENV{FAKE_REFUSES} // '') { print STDERR "Could not prepare Boot variable: No space left on device\n"; exit 5 } }
sub put { my ($name, $bytes) = @_; open my $file, '>:raw', "$folder/$name-$global" or die; print $file pack('V', 7) . $bytes; close $file }
sub order { open my $file, '<:raw', "$folder/BootOrder-$global" or return (); local $/; my $bytes = <$file>; return map { sprintf '%04X', $_ } unpack 'v*', substr $bytes, 4 }
sub utf16 { return join('', map { pack 'v', ord } split //, $_[0]) . "\0\0" }
sub node { my ($type, $subtype, $data) = @_; return pack('CCv', $type, $subtype, 4 + length $data) . $data }

if ($given{B}) {
  refuse('delete');
  unlink "$folder/Boot$given{b}-$global" or exit 2;
  put('BootOrder', pack 'v*', map { hex } grep { $_ ne $given{b} } order());
} elsif ($given{C}) {
  refuse('create');
  my ($number) = grep { !-e sprintf "$folder/Boot%04X-$global", $_ } 0 .. 0xFFFF;
  my @uuid = split /-/, $ENV{FAKE_ESP};
  my $place = pack('VQ<Q<', $given{p}, 2048, 1048576) . pack('Vvv', map { hex } @uuid[0 .. 2]) . pack('H*', "$uuid[3]$uuid[4]") . pack('CC', 2, 2);
  my $path = node(4, 1, $place) . node(4, 4, utf16($given{l})) . node(0x7f, 0xff, '');
  put(sprintf('Boot%04X', $number), pack('Vv', 1, length $path) . utf16($given{L}) . $path);
} elsif (defined $given{o}) {
  refuse('order');
  # A firmware that keeps its own order takes the write, and does nothing.
  put('BootOrder', pack 'v*', map { hex } split /,/, $given{o}) unless ($ENV{FAKE_REFUSES} // '') =~ /ignore/;
} else { exit 1 }
