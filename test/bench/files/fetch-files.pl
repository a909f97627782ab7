# fetch-files.pl PORT PATH MACHINES TIMES: so many processes fetch a path, each so many times on a new connection (0: until they are ended).
# Prints the seconds and the bytes of all together. Bytes are dropped by the kernel (MSG_TRUNC, tcp(7)), so that what fetching costs does not hide what serving costs.
use strict;
use warnings;
use Socket;
use Time::HiRes 'time';

my ($port, $path, $machines, $times) = @ARGV;
my $msg_trunc = 0x20;
my $began = time;
my @ends;
for (1 .. $machines) {
    pipe(my $read, my $write) or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if ($pid == 0) {
        close $read;
        my $sum = 0;
        for (my $done = 0; $times == 0 || $done < $times; $done++) { $sum += fetch() }
        syswrite $write, "$sum\n";
        exit 0;
    }
    close $write;
    push @ends, $read;
}
my $bytes = 0;
for my $end (@ends) { $bytes += <$end> // die "a machine did not get its file\n" }
printf "%.3f %d\n", time - $began, $bytes;

sub fetch {
    socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
    connect($socket, sockaddr_in($port, inet_aton('127.0.0.1'))) or die "connect: $!";
    syswrite $socket, "GET $path HTTP/1.1\r\nHost: bastion\r\n\r\n";
    my $head = '';
    while ($head !~ /\r\n\r\n$/) { sysread($socket, $head, 1, length $head) or die "ended within the head: $head\n" }
    my ($length) = $head =~ m{^HTTP/1\.1 200 .*\r\ncontent-length: (\d+)\r\n}si or die "not what was wanted: $head\n";
    my $got = 0;
    while ($got < $length) {
        defined recv($socket, my $buffer, 1 << 20, $msg_trunc) or die "recv: $!";
        length $buffer or die "ended after $got of $length bytes\n";
        $got += length $buffer;
    }
    return $got;
}
