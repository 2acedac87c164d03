@bond
Feature: The bond as an interface
  What the article says about the interface itself, its name, its addresses and its ports, as
  far as a kernel can show it. The middleware's own rules were read, not run.

  @shared-setup
  Rule: Several interfaces become one

    Background:
      Given a bond bond0 with mode active-backup, miimon 100 on ports 1 and 2

    @confirms.D-02 @confirms.D-06
    Scenario: Two ports become one bond interface of the kernel's bonding driver
      The administrator sees the driver's name and each port's part in it.

      Then ip shows bond0 with
        | mode  | active-backup |
        | flags | with MASTER   |
      And ip shows port1 with
        | master | bond0      |
        | flags  | with SLAVE |
      And /proc/net/bonding/bond0 has "Ethernet Channel Bonding Driver: v"
      And /proc/net/bonding/bond0 has "Slave Interface: port2"

    @contradicts.D-07
    Scenario: Linux has no interface of the type lagg
      The older article names lagg(4), which is FreeBSD's; an administrator who looks for its
      manual finds nothing.

      When the administrator runs "ip link add lagg0 type lagg"
      Then the command is refused with "Unknown device type"

    @confirms.D-03
    Scenario: A bond is refused as a port of itself
      Nothing in series comes of a bond alone.

      When the administrator runs "ip link set bond0 master bond0"
      Then the command is refused with "Cannot enslave bond to itself"

    @confirms.D-20
    Scenario: A bond keeps a description with any characters
      It is there for the next administrator, as it was written.

      When the administrator runs "ip link set bond0 alias '50% to $HOME; rack 7 | row 2'"
      Then ip shows bond0 with
        | description | 50% to $HOME; rack 7 \| row 2 |

    @confirms.D-46
    Scenario: A bond has several IPv4 and IPv6 addresses
      Each is one more that clients can use.

      When the administrator runs "sysctl -w net.ipv6.conf.bond0.disable_ipv6=0"
      And the administrator runs "ip address add 198.51.100.7/25 dev bond0"
      And the administrator runs "ip address add 2001:db8::7/64 dev bond0 nodad"
      Then ip shows bond0 with
        | addresses | 192.0.2.1/24, 198.51.100.7/25, 2001:db8::7/64 |

    @refines.D-16
    Scenario: The kernel takes any name of up to fifteen characters for a bond
      The rule of bond and a number is TrueNAS's, so that a bond made by hand may escape it.

      When the administrator runs "ip link add storage type bond"
      Then the command succeeds
      And ip shows storage with
        | flags | with MASTER |
      When the administrator runs "ip link add bond123456789012 type bond"
      Then the command is refused with "Attribute failed policy validation"

    @refines.D-17 @contradicts.D-49
    Scenario: A bond made without name and mode is the lowest free one, in round robin
      The number refers to no other interface. And the kernel's default is not failover, as the
      reference of the form's fields has it.

      When the administrator runs "ip link add type bond"
      Then the command succeeds
      And ip shows bond1 with
        | mode   | balance-rr |
        | miimon | 0          |

    @refines.D-19
    Scenario: A bond with a port is renamed
      Only the form keeps the name; the middleware and the kernel change it.

      Given a bond bond7 with mode active-backup, miimon 100 on port 4
      And the administrator runs "ip link set bond7 down"
      When the administrator runs "ip link set bond7 name bond8"
      Then the command succeeds
      And ip shows port4 with
        | master | bond8 |

    @confirms.D-02
    Scenario: A bond takes sixty-four ports
      lagg(4), which TrueNAS CORE uses, stops at thirty-two.

      When bond0 takes 62 dummy interfaces as ports
      Then the command succeeds
      And bond0 has 64 ports

    @confirms.D-47
    Scenario: A bond begins with an MTU of 1500 and gives its own to its ports
      Jumbo frames are set once, on the bond; a port that leaves has its own MTU again.

      Then ip shows bond0 with
        | mtu | 1500 |
      When the administrator runs "ip link set bond0 mtu 9000"
      Then ip shows port2 with
        | mtu | 9000 |
      When port 2 leaves bond0
      Then ip shows port2 with
        | mtu | 1500 |

    @confirms.D-08
    Scenario: A port that joins a bond must be down, loses its IPv6 addresses and keeps useless IPv4 ones
      What reached the NAS by the port's own addresses, the web interface included, reaches it
      no longer.

      Given the administrator runs "sysctl -w net.ipv6.conf.port3.disable_ipv6=0"
      And the administrator runs "ip link set port3 up"
      And the administrator runs "ip address add 198.51.100.9/24 dev port3"
      And the administrator runs "ip address add 2001:db8:9::1/64 dev port3 nodad"
      When the administrator runs "ip link set port3 master bond0"
      Then the command is refused with "Device can not be enslaved while up"
      When port 3 joins bond0
      Then ip shows port3 with
        | addresses | 198.51.100.9/24 |
