Feature: Frobnicated names
  Names of ports.

  @confirms.FROB-01
  Scenario: The first port answers to its name
    When the frobnicator asks port 1 for its name
    Then the port is frobnicated

  @contradicts.FROB-02
  Scenario: The second port answers to its name
    When the frobnicator asks port 2 for its name
    Then the port is frobnicated

  @confirms.FROB-01
  Scenario: The first port answers at once
    When the frobnicator asks port 1 for its name
    Then there is no interface frob9
