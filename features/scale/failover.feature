@bond @failover
Feature: Failover of a bond
  One port carries everything, the others stand by. The settings are those of TrueNAS from
  25.10.2.2 on; port 3 joins before port 2, so that the order of joining is seen.

  @shared-setup
  Rule: One port carries everything

    Background:
      Given a bond bond0 with mode active-backup, miimon 100, primary port1 on ports 1, 3 and 2
      And a neighbour that the NAS knows

    @confirms.D-37
    Scenario: A standby port of a bond drops what it receives
      A switch that floods both cables causes no duplicates. One that believes the NAS at this
      port loses what it sends.

      When an echo request arrives on port 2
      Then the NAS does not answer
      When an echo request arrives on port 1
      Then the NAS answers by port 1

    @confirms.D-35 @refines.D-04
    Scenario: A bond in failover sends forty flows by its primary, and has the others stand by
      More cables bring no more bandwidth in this mode.

      When 40 clients each send 1 echo request on port 1
      Then every client is answered
      And all answers leave by port 1
      And ip shows bond0 with
        | primary      | port1 |
        | active_slave | port1 |

    @confirms.D-38 @confirms.D-36
    Scenario: The port of a bond that takes over announces the address to the switch within a second
      The switch sends to the new port at once. lagg(4) on TrueNAS CORE announces nothing. The
      links are polled ten times a second.

      When the link of port 1 is lost
      Then 192.0.2.1 is announced by port 3
      And the announcement leaves within 1 seconds of the loss
      When the link of port 1 returns
      Then ip shows bond0 with
        | active_slave | port1 |

    @confirms.D-36 @confirms.D-05
    Scenario: A bond in failover moves forty flows to the port that joined next, and back
      "Next" is the order of joining, here port 3, not the order of the interfaces. Somebody who
      counts on another order pulls the wrong cable.

      Given the kernel's log so far is put aside
      When the link of port 1 is lost
      And 40 clients each send 1 echo request on port 3
      Then every client is answered
      And all answers leave by port 3
      And the kernel has logged "(slave port1): link status definitely down, disabling slave" since
      And the kernel has logged "(slave port3): making interface the new active one" since
      When the link of port 1 returns
      And 40 clients each send 1 echo request on port 1
      Then every client is answered
      And all answers leave by port 1

    @confirms.D-36
    Scenario: A primary of a bond that is taken down counts as failed
      The traffic can be moved to the other port on purpose.

      When the administrator runs "ip link set port1 down"
      And the NAS sends 3 pings to the neighbour
      Then the pings leave by port 3
      When the administrator runs "ip link set port1 up"
      Then ip shows bond0 with
        | active_slave | port1 |

    @defect.X-19
    Scenario: Each change of the port in use of a bond is announced once at most
      One packet is all there is: where the switch loses it, or the kernel leaves it out as now
      and then on a return, clients wait until the NAS sends.

      When the link of port 1 is lost and returns 3 times
      Then ip shows bond0 with
        | num_grat_arp | 1 |
      But each of the 6 changes is announced once at most

    @defect.X-18
    Scenario: No port of a bond announces the address when the first link returns after all were lost
      The switch has been restarted, and knows the NAS at no port, or at the wrong one, until the
      NAS itself sends something.

      Given the kernel's log so far is put aside
      And the link of port 1 is lost
      And the link of port 3 is lost
      And the link of port 2 is lost
      When the link of port 2 returns
      Then the kernel has logged "now running without any active interface" since
      But no address is announced by any port
      When the NAS sends 3 pings to the neighbour
      Then the pings leave by port 2
      When the link of port 1 returns
      Then ip shows bond0 with
        | active_slave | port1 |

    @behaviour.dead-path
    Scenario: A bond in failover does not notice a dead path behind a live link
      The switch hangs and its port keeps the link. Everything goes there, and nothing says so.

      Given the cable of port 1 carries nothing from the NAS
      When 2 seconds pass
      And the NAS sends 3 pings to the neighbour
      Then no ping is answered
      And the pings leave by port 1
      And ip shows port1 with
        | mii_status | UP |

  Rule: A port that left

    @defect.X-13
    Scenario: The first port leaves a bond, and the bond goes on using its MAC address
      Two interfaces have one address. Plugged into the same network, the port that left takes
      what is for the bond.

      Given a bond bond0 with mode active-backup, miimon 100 on ports 1 and 2
      And the kernel's log so far is put aside
      When port 1 leaves bond0
      Then ip shows bond0 with
        | ether | that of port 1 |
      But ip shows port1 with
        | ether | that of port 1 |
      And the kernel has logged "is still in use by bond" since
