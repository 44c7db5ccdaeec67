// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The two functions of a Chainlink feed (AggregatorV3Interface) that are asked here.
interface IPriceFeed {
    function decimals() external view returns (uint8);

    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
