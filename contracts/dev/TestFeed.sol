// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPriceFeed} from "../src/IPriceFeed.sol";

/// @title A price feed for development and tests
/// @notice In the shape of a Chainlink feed; anybody may set its answer. The same shape tells whether a rollup's sequencer
///         is up: an answer of 0, since `updatedAt`.
contract TestFeed is IPriceFeed {
    uint8 public immutable override decimals;
    uint80 private round;
    int256 private answer;
    uint256 private updatedAt;

    constructor(uint8 decimals_, int256 answer_) {
        decimals = decimals_;
        set(answer_, block.timestamp);
    }

    function set(int256 answer_, uint256 updatedAt_) public {
        round++;
        answer = answer_;
        updatedAt = updatedAt_;
    }

    function latestRoundData() external view override returns (uint80, int256, uint256, uint256, uint80) {
        return (round, answer, updatedAt, updatedAt, round);
    }
}
